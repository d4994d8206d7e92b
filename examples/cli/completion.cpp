// SPDX-License-Identifier: Apache-2.0
// completion: what a shell must know to complete commands and options.
#include "frame.hpp"

namespace varve::cli {

namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) (text += text.empty() ? "" : " ") += word;
  return text;
}

/// For a shell's single quotes.
std::string quoted(std::string text) {
  for (std::size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 4) text.replace(at, 1, "'\\''");
  return "'" + text + "'";
}

std::string bash(const CLI::App& app) {
  std::vector<std::string> names;
  std::string cases;
  for (const CLI::App* command : commands_of(app)) {
    names.push_back(command->get_name());
    cases += "    " + command->get_name() + ") options='" + joined(options_of(*command)) + "' ;;\n";
  }
  return "_varve() {\n  local word=\"${COMP_WORDS[COMP_CWORD]}\" options=''\n  if [ \"$COMP_CWORD\" = 1 ]; then\n"
         "    COMPREPLY=($(compgen -W '" +
         joined(names) +
         "' -- \"$word\"))\n    return\n  fi\n"
         "  case \"${COMP_WORDS[1]}\" in\n" +
         cases +
         "  esac\n"
         "  case \"$word\" in\n    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
         "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n  esac\n}\ncomplete -o filenames -F _varve varve\n";
}

std::string zsh(const CLI::App& app) {
  std::string names, cases;
  for (const CLI::App* command : commands_of(app)) {
    names += "    " + quoted(command->get_name() + ":" + command->get_description()) + "\n";
    cases += "    " + command->get_name() + ") compadd -- " + joined(options_of(*command)) + " ;;\n";
  }
  return "#compdef varve\n_varve() {\n  local -a commands\n  commands=(\n" + names +
         "  )\n"
         "  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
         "  if [[ $PREFIX != -* ]]; then\n    _files\n    return\n  fi\n  case $words[2] in\n" +
         cases + "  esac\n}\nif [[ $funcstack[1] = _varve ]]; then _varve \"$@\"; else compdef _varve varve; fi\n";
}

std::string fish(const CLI::App& app) {
  std::string text;
  for (const CLI::App* command : commands_of(app)) {
    text += "complete -c varve -n __fish_use_subcommand -a " + command->get_name() + " -d " +
            quoted(command->get_description()) + "\n";
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        text += "complete -c varve -n '__fish_seen_subcommand_from " + command->get_name() + "' -l " + name + " -d " +
                quoted(option->get_description()) + "\n";
      }
    }
  }
  return text;
}

}  // namespace

void add_completion(CLI::App& app, Frame& frame) {
  const auto shell = std::make_shared<std::string>();
  auto* added = command(app, frame, "completion", "Print what lets a shell complete commands and options",
                        "  source <(varve completion bash)\n  varve completion zsh > ~/.zfunc/_varve\n"
                        "  varve completion fish > ~/.config/fish/completions/varve.fish");
  added->add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  added->callback([=, &app, &frame] {
    const std::string text = *shell == "bash" ? bash(app) : *shell == "zsh" ? zsh(app) : fish(app);
    if (frame.json) return frame.answer(Json::Object{{"shell", *shell}, {"script", text}});
    frame.line(text);
  });
}

}  // namespace varve::cli
