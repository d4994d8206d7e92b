// SPDX-License-Identifier: Apache-2.0
// A program without object storage pays for none of it: neither its libraries nor their compile time.
#include <varve/varve.hpp>

#if defined(BOOST_BEAST_CORE_DETAIL_CONFIG_HPP) || defined(BOOST_BEAST_VERSION)
#error "varve/varve.hpp includes Boost.Beast"
#endif
#if defined(OPENSSL_VERSION_NUMBER) || defined(BOOST_ASIO_SSL_CONTEXT_HPP)
#error "varve/varve.hpp includes OpenSSL"
#endif
#if defined(HEADER_PUGIXML_HPP)
#error "varve/varve.hpp includes pugixml"
#endif
