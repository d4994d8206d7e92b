// SPDX-License-Identifier: Apache-2.0
// The places that credentials come from. Each source returns `nullopt` where it is not configured, so that a chain goes
// on, and an error where it is configured and fails.
#pragma once

#include <varve/storage/auth/date.hpp>
#include <varve/storage/s3/credentials.hpp>
#include <varve/storage/s3/impl/profile.ipp>
#include <varve/storage/s3/impl/signer.ipp>
#include <varve/storage/s3/impl/xml.hpp>
#include <varve/storage/s3/profile.hpp>

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::storage::s3::detail {

using Found = Result<std::optional<Credentials>>;

/// What the sources share.
struct Sources {
  explicit Sources(CredentialsOptions given)
      : options(std::move(given)), outside(client_options(std::nullopt)), direct(client_options(std::string())) {}

  http::ClientOptions client_options(std::optional<std::string> proxy) const {
    http::ClientOptions out;
    out.tls = options.tls;
    out.limits = options.limits;
    out.environment = options.environment;
    out.proxy = std::move(proxy);
    return out;
  }
  std::string variable(const std::string& name) const { return options.variable(name).value_or(std::string()); }
  std::string profile_name() const {
    if (!options.profile.empty()) return options.profile;
    return options.variable("AWS_PROFILE").value_or("default");
  }
  std::string sts_region() const {
    std::string region = variable("AWS_REGION");
    if (region.empty()) region = variable("AWS_DEFAULT_REGION");
    return region.empty() ? "us-east-1" : region;
  }

  const CredentialsOptions options;
  http::Client outside;  ///< through a proxy, if the environment names one
  http::Client direct;   ///< to the machine itself
};

inline Error no_credentials(std::string doing, std::string hint) {
  return Error(errc::denied, std::move(doing), {}, std::move(hint));
}

/// Whether a text may stand in a field of a request.
inline bool printable(std::string_view text) {
  for (const char letter : text) {
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) return false;
  }
  return true;
}

inline Result<Credentials> checked(Credentials who, std::string_view source) {
  const bool good = !who.access_key.empty() && !who.secret_key.empty() && printable(who.access_key) &&
                    printable(who.secret_key) && printable(who.session_token);
  if (!good) return no_credentials("read credentials", std::string(source) + " gave no usable key pair");
  return who;
}

/// Of the services for containers and instances.
inline Result<Credentials> parse_json_credentials(ByteView text, std::string_view source) {
  simdjson::dom::parser parser;
  const simdjson::padded_string padded(as_text(text));
  simdjson::dom::object members;
  if (parser.parse(padded).get(members) != simdjson::SUCCESS) {
    return no_credentials("read credentials", std::string(source) + " did not answer with a JSON object");
  }
  const auto member = [&](std::string_view name) {
    std::string_view value;
    if (members.at_key(name).get(value) != simdjson::SUCCESS) return std::string();
    return std::string(value);
  };
  if (const std::string code = member("Code"); !code.empty() && code != "Success") {
    return no_credentials("read credentials", std::string(source) + " says: " + code + ' ' + member("Message"));
  }
  Credentials who;
  who.access_key = member("AccessKeyId");
  who.secret_key = member("SecretAccessKey");
  who.session_token = member("Token");
  who.expires = auth::parse_rfc3339(member("Expiration"));
  return checked(std::move(who), source);
}

/// A response that is no success, as an error.
inline Error refused(const http::Response& response, std::string doing) {
  std::string hint;
  pugi::xml_document document;
  if (parse_xml(document, response.body)) {
    pugi::xml_node error = document.child("ErrorResponse").child("Error");
    if (!error) error = document.child("Error");
    hint = std::string(text_of(error, "Code")) + ": " + std::string(text_of(error, "Message"));
  } else {
    hint = std::string(as_text(response.body).substr(0, 200));
  }
  return Error(response.status >= 500 ? errc::unreachable : errc::denied, std::move(doing), {}, std::move(hint))
      .from_backend(std::to_string(response.status), response.status >= 500);
}

inline Awaitable<Found> from_variables(const Sources& sources) {
  Credentials who;
  who.access_key = sources.variable("AWS_ACCESS_KEY_ID");
  who.secret_key = sources.variable("AWS_SECRET_ACCESS_KEY");
  who.session_token = sources.variable("AWS_SESSION_TOKEN");
  if (who.access_key.empty() || who.secret_key.empty()) co_return std::optional<Credentials>();
  auto good = checked(std::move(who), "the environment");
  if (!good) co_return std::move(good).error();
  co_return std::optional<Credentials>(*std::move(good));
}

/// One call of STS. A call with `signer_credentials` is signed.
inline Awaitable<Result<Credentials>> ask_sts(const Sources& sources, std::string region, std::string action,
                                              std::vector<std::pair<std::string, std::string>> parameters,
                                              std::optional<Credentials> signing) {
  std::string endpoint = sources.options.sts_endpoint;
  if (endpoint.empty()) endpoint = sources.variable("AWS_ENDPOINT_URL_STS");
  if (endpoint.empty()) endpoint = "https://sts." + region + ".amazonaws.com";
  if (endpoint.ends_with(".amazonaws.com") && region.starts_with("cn-")) endpoint += ".cn";
  auto url = http::parse_url(endpoint);
  if (!url) co_return std::move(url).error();
  std::string body = "Action=" + action + "&Version=2011-06-15";
  for (const auto& [name, value] : parameters) body += '&' + name + '=' + http::escape(value);
  http::Request request;
  request.method = "POST";
  request.url = *std::move(url);
  request.body = as_bytes(body);
  request.set("Content-Type", "application/x-www-form-urlencoded");
  const Signer signer("sts");
  http::Service service;
  if (signing) {
    service.authorize = [&](http::Request& fresh) -> Awaitable<Result<void>> {
      fresh.set("X-Amz-Content-Sha256", http::hex(http::sha256(fresh.body)));
      signer.sign(fresh, *signing, region, sources.options.environment.now());
      co_return Result<void>();
    };
  }
  http::Client client = sources.outside;
  auto response = co_await client.send(std::move(request), service);
  if (!response) co_return std::move(response).error();
  const std::string doing = "take on a role (" + action + ')';
  if (!response->succeeded()) co_return refused(*response, doing);
  pugi::xml_document document;
  if (!parse_xml(document, response->body)) co_return no_credentials(doing, "STS did not answer with XML");
  const pugi::xml_node made =
      document.child((action + "Response").c_str()).child((action + "Result").c_str()).child("Credentials");
  Credentials who;
  who.access_key = text_of(made, "AccessKeyId");
  who.secret_key = text_of(made, "SecretAccessKey");
  who.session_token = text_of(made, "SessionToken");
  who.expires = auth::parse_rfc3339(text_of(made, "Expiration"));
  co_return checked(std::move(who), "STS");
}

inline std::string session_name(const Sources& sources, std::string given) {
  if (!given.empty()) return given;
  return "varve-" + std::to_string(sources.options.environment.now().time_since_epoch().count());
}

inline Awaitable<Result<Credentials>> with_web_identity(const Sources& sources, std::string role,
                                                        std::string token_file, std::string session,
                                                        std::string region) {
  const auto token = read_file(token_file);
  if (!token) co_return no_credentials("read the web identity token", "cannot read " + token_file);
  std::vector<std::pair<std::string, std::string>> parameters;
  parameters.emplace_back("RoleArn", std::move(role));
  parameters.emplace_back("RoleSessionName", session_name(sources, std::move(session)));
  parameters.emplace_back("WebIdentityToken", std::string(trimmed(*token)));
  co_return co_await ask_sts(sources, std::move(region), "AssumeRoleWithWebIdentity", std::move(parameters),
                             std::nullopt);
}

inline Awaitable<Found> from_web_identity(const Sources& sources) {
  const std::string role = sources.variable("AWS_ROLE_ARN");
  const std::string file = sources.variable("AWS_WEB_IDENTITY_TOKEN_FILE");
  if (role.empty() || file.empty()) co_return std::optional<Credentials>();
  const std::string session = sources.variable("AWS_ROLE_SESSION_NAME");
  auto who = co_await with_web_identity(sources, role, file, session, sources.sts_region());
  if (!who) co_return std::move(who).error();
  co_return std::optional<Credentials>(*std::move(who));
}

/// Plain http may carry credentials only to the machine itself: a loopback, or the addresses of ECS and EKS.
inline bool may_be_plain(const http::Url& url) {
  constexpr std::array<std::string_view, 5> own{"localhost", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"};
  if (url.tls() || std::find(own.begin(), own.end(), url.host) != own.end()) return true;
  return url.host.starts_with("127.") && url.host.find_first_not_of("0123456789.") == url.host.npos;
}

inline Awaitable<Found> from_container(const Sources& sources) {
  const std::string relative = sources.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const std::string full = sources.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative.empty() && full.empty()) co_return std::optional<Credentials>();
  auto url = http::parse_url(relative.empty() ? full : sources.options.container_endpoint + relative);
  if (!url) co_return std::move(url).error();
  if (!may_be_plain(*url)) {
    co_return no_credentials("read the container's credentials",
                             "an address beyond this machine must be https: " + full);
  }
  std::string token = sources.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  if (const std::string file = sources.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); !file.empty()) {
    const auto text = read_file(file);
    if (!text) co_return no_credentials("read the container's token", "cannot read " + file);
    token = trimmed(*text);
  }
  if (!printable(token)) co_return no_credentials("read the container's token", "it has control characters");
  http::Request request;
  request.url = *std::move(url);
  if (!token.empty()) request.set("Authorization", token);
  const http::Service service;
  http::Client client = sources.direct;
  auto response = co_await client.send(std::move(request), service);
  if (!response) co_return std::move(response).error();
  if (!response->succeeded()) co_return refused(*response, "read the container's credentials");
  auto who = parse_json_credentials(response->body, "the container's service");
  if (!who) co_return std::move(who).error();
  co_return std::optional<Credentials>(*std::move(who));
}

inline Awaitable<Found> from_instance(const Sources& sources) {
  std::string disabled = lower_case(sources.variable("AWS_EC2_METADATA_DISABLED"));
  if (disabled == "true") co_return std::optional<Credentials>();
  std::string endpoint = sources.options.instance_endpoint;
  if (endpoint.empty()) endpoint = sources.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (endpoint.empty()) endpoint = "http://169.254.169.254";
  while (endpoint.ends_with('/')) endpoint.pop_back();
  auto url = http::parse_url(endpoint);
  if (!url) co_return std::move(url).error();
  const std::string base = url->path == "/" ? std::string() : url->path;

  const http::Service service;
  http::Client client = sources.direct;
  http::Request ask_token;
  ask_token.method = "PUT";
  ask_token.url = *url;
  ask_token.url.path = base + "/latest/api/token";
  ask_token.set("X-aws-ec2-metadata-token-ttl-seconds", "21600");
  auto token = co_await client.send(std::move(ask_token), service);
  if (!token) co_return std::optional<Credentials>();  // not on an instance
  if (!token->succeeded()) co_return refused(*token, "ask the instance's metadata service for a token");
  const std::string session(trimmed(as_text(token->body)));
  if (!printable(session)) co_return no_credentials("ask the instance for a token", "it has control characters");

  http::Request ask_role;
  ask_role.url = *url;
  ask_role.url.path = base + "/latest/meta-data/iam/security-credentials/";
  ask_role.set("X-aws-ec2-metadata-token", session);
  auto role = co_await client.send(std::move(ask_role), service);
  if (!role) co_return std::move(role).error();
  if (role->status == 404) co_return std::optional<Credentials>();  // an instance without a role
  if (!role->succeeded()) co_return refused(*role, "ask the instance for its role");
  const std::string_view names = as_text(role->body);
  const std::string name(trimmed(names.substr(0, names.find('\n'))));

  http::Request ask;
  ask.url = *url;
  ask.url.path = base + "/latest/meta-data/iam/security-credentials/" + http::escape(name);
  ask.set("X-aws-ec2-metadata-token", session);
  auto response = co_await client.send(std::move(ask), service);
  if (!response) co_return std::move(response).error();
  if (!response->succeeded()) co_return refused(*response, "read the instance's credentials");
  auto who = parse_json_credentials(response->body, "the instance's metadata service");
  if (!who) co_return std::move(who).error();
  co_return std::optional<Credentials>(*std::move(who));
}

inline std::string value_of(const Profile& profile, std::string_view key) {
  const auto at = profile.find(key);
  return at == profile.end() ? std::string() : at->second;
}

/// `depth` bounds how many profiles may refer to each other.
inline Awaitable<Found> from_profile(const Sources& sources, const Profiles& profiles, std::string name, int depth) {
  const auto at = profiles.find(name);
  if (at == profiles.end()) co_return std::optional<Credentials>();
  const Profile& profile = at->second;
  const std::string role = value_of(profile, "role_arn");
  const std::string source = value_of(profile, "source_profile");
  Credentials keys;
  keys.access_key = value_of(profile, "aws_access_key_id");
  keys.secret_key = value_of(profile, "aws_secret_access_key");
  keys.session_token = value_of(profile, "aws_session_token");
  if (role.empty() || (source == name && depth != 0)) {
    if (!keys.access_key.empty() && !keys.secret_key.empty()) {
      auto good = checked(std::move(keys), "the profile " + name);
      if (!good) co_return std::move(good).error();
      co_return std::optional<Credentials>(*std::move(good));
    }
    for (const char* other : {"credential_process", "sso_session", "sso_start_url"}) {
      if (value_of(profile, other).empty()) continue;
      co_return no_credentials("use the profile " + name,
                               std::string(other) +
                                   " is not supported; put the keys into the environment, for example by "
                                   "`eval \"$(aws configure export-credentials --format env)\"`, or pass a coroutine");
    }
    co_return std::optional<Credentials>();
  }

  std::string region = value_of(profile, "region");
  if (region.empty()) region = sources.sts_region();
  std::string session = value_of(profile, "role_session_name");
  if (const std::string file = value_of(profile, "web_identity_token_file"); !file.empty()) {
    auto who = co_await with_web_identity(sources, role, file, session, region);
    if (!who) co_return std::move(who).error();
    co_return std::optional<Credentials>(*std::move(who));
  }
  if (depth >= 8) co_return no_credentials("use the profile " + name, "its source profiles go round in a circle");
  std::optional<Credentials> signing;
  const std::string kind = value_of(profile, "credential_source");
  Result<std::optional<Credentials>> found = std::optional<Credentials>();
  if (!source.empty()) {
    found = co_await from_profile(sources, profiles, source, depth + 1);
  } else if (kind == "Environment") {
    found = co_await from_variables(sources);
  } else if (kind == "EcsContainer") {
    found = co_await from_container(sources);
  } else if (kind == "Ec2InstanceMetadata") {
    found = co_await from_instance(sources);
  }
  if (!found) co_return std::move(found).error();
  if (!*found) co_return no_credentials("use the profile " + name, "its source has no credentials to take on " + role);
  signing = *std::move(found);
  std::vector<std::pair<std::string, std::string>> parameters;
  parameters.emplace_back("RoleArn", role);
  parameters.emplace_back("RoleSessionName", session_name(sources, std::move(session)));
  if (std::string id = value_of(profile, "external_id"); !id.empty())
    parameters.emplace_back("ExternalId", std::move(id));
  auto who = co_await ask_sts(sources, region, "AssumeRole", std::move(parameters), std::move(signing));
  if (!who) co_return std::move(who).error();
  co_return std::optional<Credentials>(*std::move(who));
}

inline Awaitable<Found> from_profiles(const Sources& sources) {
  const Profiles profiles = read_profiles(sources.options.variable);
  const std::string name = sources.profile_name();
  if (profiles.find(name) == profiles.end() && name != "default") {
    co_return no_credentials("use the profile " + name, "neither the credentials file nor the config file has it");
  }
  co_return co_await from_profile(sources, profiles, name, 0);
}

}  // namespace varve::inline v0::storage::s3::detail
