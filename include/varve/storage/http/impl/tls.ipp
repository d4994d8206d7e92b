// SPDX-License-Identifier: Apache-2.0
// TLS over a socket that does not block. OpenSSL reads from and writes to the socket itself, without buffers between,
// through a BIO of our own: OpenSSL's would raise SIGPIPE in a program when the peer goes.
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/result.hpp>
#include <varve/storage/http/client.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include <arpa/inet.h>
#include <sys/socket.h>

namespace varve::inline v0::storage::http::detail {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};
using SslPtr = std::unique_ptr<SSL, FreeSsl>;
using SslContext = std::unique_ptr<SSL_CTX, FreeSsl>;

/// The last session with a server, which shortens the handshake of the next connection to it.
class KeptSession {
 public:
  void keep(SSL_SESSION* session) {  // owned
    std::unique_ptr<SSL_SESSION, FreeSsl> old(session);
    const std::scoped_lock lock(mutex_);
    old.swap(session_);
  }
  void offer(SSL* ssl) {
    const std::scoped_lock lock(mutex_);
    if (session_) SSL_set_session(ssl, session_.get());
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<SSL_SESSION, FreeSsl> session_;
};

/// Where an SSL keeps the pointer to its KeptSession.
VARVE_DECL int kept_session_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

/// What OpenSSL says about its last failure.
VARVE_DECL std::string ssl_reason() {
  std::string text;
  for (unsigned long code = ERR_get_error(); code != 0; code = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(code);
    if (!text.empty()) text += ", ";
    text += reason != nullptr ? reason : "error " + std::to_string(code);
  }
  return text;
}

inline int bio_socket(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

/// The methods of a BIO whose data is a socket's number.
VARVE_DECL const BIO_METHOD* socket_bio() {
  static const std::unique_ptr<BIO_METHOD, FreeSsl> method = [] {
    std::unique_ptr<BIO_METHOD, FreeSsl> made(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "varve socket"));
    BIO_meth_set_write(made.get(), [](BIO* bio, const char* bytes, int size) {
      BIO_clear_retry_flags(bio);
      const auto sent = ::send(bio_socket(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
      return static_cast<int>(sent);
    });
    BIO_meth_set_read(made.get(), [](BIO* bio, char* bytes, int size) {
      BIO_clear_retry_flags(bio);
      const auto read = ::recv(bio_socket(bio), bytes, static_cast<std::size_t>(size), MSG_DONTWAIT);
      if (read < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
      return static_cast<int>(read);
    });
    BIO_meth_set_ctrl(made.get(), [](BIO*, int command, long, void*) -> long { return command == BIO_CTRL_FLUSH ? 1 : 0; });
    return made;
  }();
  return method.get();
}

VARVE_DECL Result<SslContext> make_ssl_context(const TlsOptions& options) {
  const auto failed = [&](std::string key) {
    return Error(errc::invalid_argument, "prepare TLS", std::move(key), ssl_reason());
  };
  SslContext context(SSL_CTX_new(TLS_client_method()));
  if (!context) return failed({});
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A server that closes without a close_notify is told from a whole body by the body's length.
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context.get(), [](SSL* ssl, SSL_SESSION* session) {
    auto* const kept = static_cast<KeptSession*>(SSL_get_ex_data(ssl, kept_session_index()));
    if (kept == nullptr) return 0;
    kept->keep(session);
    return 1;
  });
  if (!options.verify) {
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
    return context;
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (options.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());  // honours $SSL_CERT_FILE and $SSL_CERT_DIR
  } else if (SSL_CTX_load_verify_locations(context.get(), options.ca_file.c_str(), nullptr) != 1) {
    return failed(options.ca_file);
  }
  return context;
}

/// A session for `host` over `socket`, before its handshake.
VARVE_DECL Result<SslPtr> make_ssl(SSL_CTX& context, int socket, const std::string& host, bool verify, KeptSession& kept) {
  SslPtr ssl(SSL_new(&context));
  BIO* bio = BIO_new(socket_bio());
  if (!ssl || bio == nullptr) {
    BIO_free(bio);
    return Error(errc::io_error, "prepare TLS", host, ssl_reason());
  }
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl.get(), bio, bio);
  SSL_set_connect_state(ssl.get());
  SSL_set_ex_data(ssl.get(), kept_session_index(), &kept);
  kept.offer(ssl.get());
  in6_addr address{};
  const bool numeric = ::inet_pton(AF_INET, host.c_str(), &address) == 1 || ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
  bool named = true;
  if (!numeric) named = SSL_set_tlsext_host_name(ssl.get(), host.c_str()) == 1;
  if (verify) {
    named = named && (numeric ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str()) == 1
                              : SSL_set1_host(ssl.get(), host.c_str()) == 1);
  }
  if (!named) return Error(errc::invalid_argument, "prepare TLS", host, "the host's name cannot stand in a certificate");
  return ssl;
}

}  // namespace varve::inline v0::storage::http::detail
