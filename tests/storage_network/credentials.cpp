// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/s3/credentials.hpp>

#include <varve/async/block_on.hpp>
#include <varve/async/gather.hpp>
#include <varve/async/sleep.hpp>
#include <varve/storage/s3/profile.hpp>

#include "support/doctest.hpp"
#include "support/http_server.hpp"
#include "support/temp_dir.hpp"

#include <atomic>
#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace varve;
using namespace varve::storage::s3;
using support::HttpReply;
using support::HttpRequest;
using support::HttpServer;

namespace {

using Variables = std::map<std::string, std::string>;

/// Options that see these variables only, and a service on the loopback only.
CredentialsOptions options_with(Variables variables) {
  CredentialsOptions options;
  variables.try_emplace("HOME", "/nowhere");
  variables.try_emplace("AWS_EC2_METADATA_DISABLED", "true");
  options.variable = [variables](const std::string& name) -> std::optional<std::string> {
    const auto at = variables.find(name);
    if (at == variables.end() || at->second.empty()) return std::nullopt;
    return at->second;
  };
  options.limits.first_pause = std::chrono::milliseconds(1);
  options.limits.tries = 2;
  return options;
}

std::string write_file(const support::TempDir& dir, const std::string& name, const std::string& text) {
  const std::string path = dir.text() + "/" + name;
  std::ofstream(path) << text;
  return path;
}

Credentials fetch(const CredentialsProvider& provider) { return *block_on(provider.get()).value(); }
Error failure(const CredentialsProvider& provider) {
  auto got = block_on(provider.get());
  REQUIRE_FALSE(got);
  return got.error();
}

const Timestamp noon{std::chrono::sys_days(std::chrono::year(2030) / 1 / 1) + std::chrono::hours(12)};

constexpr const char* json = R"({"Code":"Success","AccessKeyId":"A","SecretAccessKey":"S","Token":"T",)"
                             R"("Expiration":"2030-01-01T13:00:00Z","RoleArn":"x"})";

std::string sts_answer(const std::string& action) {
  return "<" + action + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" + action +
         "Result><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>S+/&amp;=</SecretAccessKey>"
         "<SessionToken>T</SessionToken><Expiration>2030-01-01T13:00:00Z</Expiration></Credentials></" +
         action + "Result></" + action + "Response>";
}

/// Credentials that differ each time and live for an hour, and a clock that a test sets.
struct Source {
  std::atomic<int> fetched = 0;
  std::atomic<bool> failing = false;
  std::shared_ptr<std::atomic<std::int64_t>> seconds = std::make_shared<std::atomic<std::int64_t>>(0);

  CredentialsProvider provider() {
    CredentialsOptions options;
    options.environment.now = [at = seconds] { return noon + std::chrono::seconds(at->load()); };
    auto next = [this, now = options.environment.now]() -> Awaitable<Result<Credentials>> {
      ++fetched;
      if (failing) co_return Error(errc::unreachable, "fetch credentials");
      Credentials who;
      who.access_key = "key " + std::to_string(fetched.load());
      who.secret_key = "secret";
      who.expires = now() + std::chrono::hours(1);
      co_return who;
    };
    return CredentialsProvider::custom(next, options);
  }
};

}  // namespace

TEST_CASE("storage_network/credentials: the environment gives a key pair or nothing") {
  const auto who = fetch(CredentialsProvider::environment(
      options_with({{"AWS_ACCESS_KEY_ID", "a"}, {"AWS_SECRET_ACCESS_KEY", "s"}, {"AWS_SESSION_TOKEN", "t"}})));
  CHECK(who.access_key == "a");
  CHECK(who.secret_key == "s");
  CHECK(who.session_token == "t");
  CHECK_FALSE(who.expires);
  CHECK(failure(CredentialsProvider::environment(options_with({{"AWS_ACCESS_KEY_ID", "a"}}))).code() == errc::denied);
  CHECK(failure(CredentialsProvider::environment(
                    options_with({{"AWS_ACCESS_KEY_ID", "a\nb"}, {"AWS_SECRET_ACCESS_KEY", "s"}})))
            .code() == errc::denied);
}

TEST_CASE("storage_network/credentials: fixed and anonymous ones are what they were given") {
  CHECK(fetch(CredentialsProvider::anonymous()).anonymous());
  const auto fixed = CredentialsProvider::fixed("a", "s");
  CHECK(fetch(fixed).access_key == "a");
  CHECK_FALSE(fixed.expire());
  CHECK(fixed.current() != nullptr);
}

TEST_CASE("storage_network/credentials: profiles are read as AWS's tools write them") {
  const auto profiles = parse_profiles(
      "# comment\r\n[default]\r\naws_access_key_id = a ; comment\r\nAWS_SECRET_ACCESS_KEY=s=#x\n\n"
      "[profile dev]\nregion = eu-west-1\ns3 =\n  max_concurrent_requests = 20\n  region = nested\n"
      "[ profile  \"two words\" ]\nkey = v\n[sso-session x]\nregion = other\n[broken\nregion = lost\nno equals\n",
      true);
  CHECK(profiles.size() == 3);
  CHECK(profiles.at("default").at("aws_access_key_id") == "a");
  CHECK(profiles.at("default").at("aws_secret_access_key") == "s=#x");
  CHECK(profiles.at("dev").at("region") == "eu-west-1");
  CHECK(profiles.at("two words").at("key") == "v");
  CHECK(parse_profiles("[dev]\nk = v", false).count("dev") == 1);
  CHECK(parse_profiles("[dev]\nk = v", true).empty());
  CHECK(parse_profiles("", true).empty());
}

TEST_CASE("storage_network/credentials: a profile comes from both files, and the credentials file counts") {
  const support::TempDir dir;
  const std::string config = write_file(dir, "config",
                                        "[default]\nregion = r0\n[profile dev]\nregion = r1\naws_access_key_id = old\n"
                                        "[profile sso]\nsso_start_url = x\n");
  const std::string keys = write_file(dir, "credentials", "[dev]\naws_access_key_id = a\naws_secret_access_key = s\n");
  const Variables files{{"AWS_CONFIG_FILE", config}, {"AWS_SHARED_CREDENTIALS_FILE", keys}};
  auto options = options_with(files);
  CHECK(find_region(options) == "r0");
  options.profile = "dev";
  CHECK(find_region(options) == "r1");
  CHECK(fetch(CredentialsProvider::profile(options)).access_key == "a");
  auto named = files;
  named["AWS_PROFILE"] = "dev";
  named["AWS_REGION"] = "r2";
  CHECK(fetch(CredentialsProvider::chain(options_with(named))).access_key == "a");
  CHECK(find_region(options_with(named)) == "r2");
  options.profile = "none";
  CHECK(std::string(failure(CredentialsProvider::chain(options)).what()).find("none") != std::string::npos);
  options.profile = "sso";
  CHECK(std::string(failure(CredentialsProvider::chain(options)).what()).find("export-credentials") !=
        std::string::npos);
  CHECK_FALSE(find_region(options_with({})));
}

TEST_CASE("storage_network/credentials: a web identity is exchanged at STS") {
  const support::TempDir dir;
  const std::string token = write_file(dir, "token", "ey.to/ken+=\n");
  HttpServer sts([](const HttpRequest&) { return HttpReply(200, sts_answer("AssumeRoleWithWebIdentity")); });
  auto options = options_with({{"AWS_ROLE_ARN", "arn:aws:iam::1:role/r"},
                               {"AWS_WEB_IDENTITY_TOKEN_FILE", token},
                               {"AWS_ROLE_SESSION_NAME", "me"}});
  options.sts_endpoint = sts.url();
  const auto who = fetch(CredentialsProvider::chain(options));
  CHECK(who.access_key == "A");
  CHECK(who.secret_key == "S+/&=");
  CHECK(who.session_token == "T");
  CHECK(who.expires == noon + std::chrono::hours(1));
  REQUIRE(sts.requests().size() == 1);
  const HttpRequest asked = sts.requests()[0];
  CHECK(asked.method == "POST");
  CHECK(asked.body ==
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&"
        "RoleSessionName=me&WebIdentityToken=ey.to%2Fken%2B%3D");
  CHECK(asked.field("authorization").empty());

  options = options_with({{"AWS_ROLE_ARN", "r"}, {"AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token"}});
  CHECK(failure(CredentialsProvider::chain(options)).code() == errc::denied);
}

TEST_CASE("storage_network/credentials: what STS refuses is said with its words") {
  const support::TempDir dir;
  HttpServer sts([](const HttpRequest&) {
    return HttpReply(
        403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>");
  });
  auto options = options_with({{"AWS_ROLE_ARN", "r"}, {"AWS_WEB_IDENTITY_TOKEN_FILE", write_file(dir, "token", "t")}});
  options.sts_endpoint = sts.url();
  const Error error = failure(CredentialsProvider::web_identity(options));
  CHECK(error.code() == errc::denied);
  CHECK(error.hint() == "AccessDenied: not you");
  CHECK(error.backend_code() == "403");
}

TEST_CASE("storage_network/credentials: a profile's role is taken on with the keys of its source") {
  const support::TempDir dir;
  const std::string config = write_file(dir, "config",
                                        "[profile base]\naws_access_key_id = k\naws_secret_access_key = s\n"
                                        "[profile role]\nrole_arn = r\nsource_profile = base\nexternal_id = e\n"
                                        "[profile a]\nrole_arn = r\nsource_profile = b\n"
                                        "[profile b]\nrole_arn = r\nsource_profile = a\n");
  HttpServer sts([](const HttpRequest&) { return HttpReply(200, sts_answer("AssumeRole")); });
  auto options = options_with({{"AWS_CONFIG_FILE", config}, {"AWS_REGION", "eu-west-1"}});
  options.sts_endpoint = sts.url();
  options.profile = "role";
  CHECK(fetch(CredentialsProvider::chain(options)).access_key == "A");
  REQUIRE(sts.requests().size() == 1);
  const HttpRequest asked = sts.requests()[0];
  CHECK(asked.body.find("Action=AssumeRole&") == 0);
  CHECK(asked.body.find("ExternalId=e") != std::string::npos);
  CHECK(asked.field("authorization").find("Credential=k/") != std::string::npos);
  CHECK(asked.field("authorization").find("/eu-west-1/sts/aws4_request") != std::string::npos);
  options.profile = "a";
  CHECK(failure(CredentialsProvider::chain(options)).code() == errc::denied);
}

TEST_CASE("storage_network/credentials: a container's service is asked with its token") {
  const support::TempDir dir;
  HttpServer service([](const HttpRequest&) { return HttpReply(200, json); });
  auto options = options_with({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1"}});
  options.container_endpoint = service.url();
  CHECK(fetch(CredentialsProvider::chain(options)).session_token == "T");
  CHECK(service.requests()[0].path == "/v2/credentials/1");
  CHECK(service.requests()[0].field("authorization").empty());

  options = options_with({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", service.url() + "/get?x=1"},
                          {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "unused"},
                          {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", write_file(dir, "token", "Basic abc\n")}});
  const auto who = fetch(CredentialsProvider::container(options));
  CHECK(who.expires == noon + std::chrono::hours(1));
  CHECK(service.requests()[1].target() == "/get?x=1");
  CHECK(service.requests()[1].field("authorization") == "Basic abc");

  options = options_with({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/get"}});
  CHECK(failure(CredentialsProvider::container(options)).code() == errc::denied);
}

TEST_CASE("storage_network/credentials: an instance is asked for a token, its role and the role's keys") {
  HttpServer metadata([](const HttpRequest& asked) {
    if (asked.method == "PUT") return HttpReply(asked.path == "/latest/api/token" ? 200 : 404, "token");
    if (asked.field("x-aws-ec2-metadata-token") != "token") return HttpReply(401);
    if (asked.path == "/latest/meta-data/iam/security-credentials/") return HttpReply(200, "my role\n");
    if (asked.path == "/latest/meta-data/iam/security-credentials/my%20role") return HttpReply(200, json);
    return HttpReply(404);
  });
  auto options = options_with(
      {{"AWS_EC2_METADATA_DISABLED", "false"}, {"AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url() + "/"}});
  CHECK(fetch(CredentialsProvider::chain(options)).access_key == "A");
  CHECK(metadata.requests()[0].field("x-aws-ec2-metadata-token-ttl-seconds") == "21600");
  const std::size_t before = metadata.requests().size();
  options =
      options_with({{"AWS_EC2_METADATA_DISABLED", "TRUE"}, {"AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url()}});
  CHECK(failure(CredentialsProvider::instance(options)).code() == errc::denied);
  CHECK(metadata.requests().size() == before);
}

TEST_CASE("storage_network/credentials: an instance without a role, or none at all, has no credentials") {
  HttpServer metadata(
      [](const HttpRequest& asked) { return asked.method == "PUT" ? HttpReply(200, "t") : HttpReply(404); });
  auto options = options_with({{"AWS_EC2_METADATA_DISABLED", "false"}});
  options.instance_endpoint = metadata.url();
  CHECK(failure(CredentialsProvider::chain(options)).doing() == "find credentials");
  HttpServer silent([](const HttpRequest&) {
    HttpReply reply;
    reply.drop = true;
    return reply;
  });
  options.instance_endpoint = silent.url();
  CHECK(failure(CredentialsProvider::chain(options)).doing() == "find credentials");
}

TEST_CASE("storage_network/credentials: hostile answers of the services are errors") {
  for (const char* text : {"", "{", "[]", "null", "{}", R"({"AccessKeyId":1,"SecretAccessKey":[]})",
                           R"({"AccessKeyId":"a\r\nX: y","SecretAccessKey":"s"})",
                           R"({"Code":"Failed","AccessKeyId":"a"})", "\xff\xfe{\"AccessKeyId\":\"a\"}"}) {
    CAPTURE(text);
    HttpServer service([&](const HttpRequest&) { return HttpReply(200, text); });
    const auto options = options_with({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", service.url()}});
    CHECK(failure(CredentialsProvider::container(options)).code() == errc::denied);
  }
  const support::TempDir dir;
  const std::string token = write_file(dir, "token", "t");
  for (const char* text :
       {"", "<", "<a/>", "<AssumeRoleWithWebIdentityResponse/>", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"}) {
    HttpServer sts([&](const HttpRequest&) { return HttpReply(200, text); });
    auto options = options_with({{"AWS_ROLE_ARN", "r"}, {"AWS_WEB_IDENTITY_TOKEN_FILE", token}});
    options.sts_endpoint = sts.url();
    CHECK(failure(CredentialsProvider::web_identity(options)).code() == errc::denied);
  }
}

TEST_CASE("storage_network/credentials: the chain takes the first that is configured, also if that fails") {
  const support::TempDir dir;
  const std::string keys =
      write_file(dir, "credentials", "[default]\naws_access_key_id = of-file\naws_secret_access_key = s\n");
  Variables all{{"AWS_ACCESS_KEY_ID", "of-environment"},
                {"AWS_SECRET_ACCESS_KEY", "s"},
                {"AWS_SHARED_CREDENTIALS_FILE", keys},
                {"AWS_ROLE_ARN", "r"},
                {"AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token"}};
  CHECK(fetch(CredentialsProvider::chain(options_with(all))).access_key == "of-environment");
  all.erase("AWS_ACCESS_KEY_ID");
  CHECK(fetch(CredentialsProvider::chain(options_with(all))).access_key == "of-file");
  all.erase("AWS_SHARED_CREDENTIALS_FILE");
  CHECK(failure(CredentialsProvider::chain(options_with(all))).doing() == "read the web identity token");
}

TEST_CASE("storage_network/credentials: they are fetched again five minutes before they expire") {
  Source source;
  const auto provider = source.provider();
  CHECK(provider.current() == nullptr);
  CHECK(fetch(provider).access_key == "key 1");
  *source.seconds = 3600 - 301;
  CHECK(fetch(provider).access_key == "key 1");
  *source.seconds = 3600 - 299;
  CHECK(fetch(provider).access_key == "key 2");
  CHECK(fetch(provider).access_key == "key 2");
  CHECK(source.fetched == 2);
}

TEST_CASE("storage_network/credentials: old ones are used while they hold if new ones cannot be had") {
  Source source;
  const auto provider = source.provider();
  CHECK(fetch(provider).access_key == "key 1");
  source.failing = true;
  *source.seconds = 3600 - 100;
  CHECK(fetch(provider).access_key == "key 1");
  CHECK(fetch(provider).access_key == "key 1");
  CHECK(source.fetched == 2);  // not at each use
  *source.seconds = 3600 - 80;
  CHECK(fetch(provider).access_key == "key 1");
  CHECK(source.fetched == 3);
  *source.seconds = 3601;
  CHECK(failure(provider).code() == errc::unreachable);
  source.failing = false;
  CHECK(fetch(provider).access_key == "key 5");
}

TEST_CASE("storage_network/credentials: a server that says they have expired makes them be fetched again") {
  Source source;
  const auto provider = source.provider();
  fetch(provider);
  *source.seconds = 60;
  CHECK(provider.expire());
  CHECK(fetch(provider).access_key == "key 2");
  CHECK(provider.expire());  // the answer to a request that was under way with the old ones
  CHECK(fetch(provider).access_key == "key 2");
}

TEST_CASE("storage_network/credentials: of many who need them at once, one fetches") {
  std::atomic<int> fetched = 0;
  auto slow = [&]() -> Awaitable<Result<Credentials>> {
    ++fetched;
    co_await sleep_for(std::chrono::milliseconds(50));
    Credentials who;
    who.access_key = "a";
    who.secret_key = "s";
    co_return who;
  };
  const auto provider = CredentialsProvider::custom(slow);
  struct Caller {
    const CredentialsProvider& provider;
    Awaitable<Result<void>> operator()() const {
      auto got = co_await provider.get();
      if (!got) co_return std::move(got).error();
      co_return Result<void>();
    }
  };
  Caller caller{provider};
  CHECK(block_on(gather(20, caller)));
  CHECK(fetched == 1);
}
