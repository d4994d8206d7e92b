// SPDX-License-Identifier: Apache-2.0
// CredentialsProvider: where the credentials for S3 come from. Temporary ones are fetched again before they expire, by
// one caller while the others wait; a failed refresh is no failure while the old ones still hold.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>
#include <varve/core/environment.hpp>
#include <varve/core/result.hpp>
#include <varve/storage/http/client.hpp>
#include <varve/storage/s3/signer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace varve::inline v0::storage::s3 {

/// A user's own source. Called again when what it returned is about to expire, or the server says that it has.
using FetchCredentials = std::function<Awaitable<Result<Credentials>>()>;

/// A variable of the process; `nullopt` if it is not set or empty.
VARVE_DECL std::optional<std::string> process_variable(const std::string& name);

/// Short waits, for services that are a machine away or not there at all.
VARVE_DECL http::Limits credential_limits();

/// What the sources look at. The defaults are those of AWS's own tools.
struct CredentialsOptions {
  std::string profile;            ///< empty: $AWS_PROFILE, or "default"
  std::string sts_endpoint;       ///< empty: $AWS_ENDPOINT_URL_STS, or AWS's own for $AWS_REGION
  std::string instance_endpoint;  ///< empty: $AWS_EC2_METADATA_SERVICE_ENDPOINT, or http://169.254.169.254
  std::string container_endpoint = "http://169.254.170.2";  ///< for relative addresses
  std::chrono::seconds refresh_before{300};                 ///< how long before their end credentials are fetched again
  http::TlsOptions tls{};
  http::Limits limits = credential_limits();
  Environment environment{};
  std::function<std::optional<std::string>(const std::string&)> variable = process_variable;  ///< of the environment
};

/// A handle; copies share what was fetched. Thread-safe.
class CredentialsProvider {
 public:
  using Options = CredentialsOptions;

  /// The chain of AWS's tools: environment, profile, web identity, container, instance. The first that is configured
  /// is taken, also if it then fails.
  static CredentialsProvider chain(Options options = Options());
  /// Requests are not signed: for public data.
  static CredentialsProvider anonymous();
  static CredentialsProvider fixed(Credentials credentials);
  static CredentialsProvider fixed(std::string access_key, std::string secret_key, std::string session_token = {});
  static CredentialsProvider custom(FetchCredentials fetch, Options options = Options());

  /// $AWS_ACCESS_KEY_ID, $AWS_SECRET_ACCESS_KEY, $AWS_SESSION_TOKEN.
  static CredentialsProvider environment(Options options = Options());
  /// A profile of ~/.aws/credentials and ~/.aws/config, or of the files that $AWS_SHARED_CREDENTIALS_FILE and
  /// $AWS_CONFIG_FILE name: keys, or a role with a web identity, a source profile or a credential source. A profile of
  /// another kind (SSO, an external process) is an error that says what to do.
  static CredentialsProvider profile(Options options = Options());
  /// $AWS_ROLE_ARN with the token in the file $AWS_WEB_IDENTITY_TOKEN_FILE, exchanged at STS.
  static CredentialsProvider web_identity(Options options = Options());
  /// $AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI, as ECS and EKS set them.
  static CredentialsProvider container(Options options = Options());
  /// The role of an EC2 instance, from its metadata service, version 2. $AWS_EC2_METADATA_DISABLED=true turns it off.
  static CredentialsProvider instance(Options options = Options());

  /// The default is the chain.
  CredentialsProvider() : CredentialsProvider(chain()) {}

  /// Credentials that hold now. Never null.
  /// Errors: `errc::denied` if there are none or they were refused, with what was looked at; `errc::unreachable` where
  /// a service did not answer. Cancellation: total.
  Awaitable<Result<std::shared_ptr<const Credentials>>> get() const;
  /// The same without waiting; null if they have to be fetched.
  std::shared_ptr<const Credentials> current() const;
  /// A server said that what `get` returned has expired. False if there is nothing else to be had.
  bool expire() const;

 private:
  struct State;
  explicit CredentialsProvider(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

/// $AWS_REGION, $AWS_DEFAULT_REGION or the region of the profile; `nullopt` if nothing names one.
VARVE_DECL std::optional<std::string> find_region(const CredentialsOptions& options);

}  // namespace varve::inline v0::storage::s3

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/s3/impl/credentials.ipp>
#endif
