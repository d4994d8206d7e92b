// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/any.hpp>
#include <varve/storage/s3.hpp>

#include <string>

std::string url_in_another_unit(const std::string& bucket, const std::string& prefix) {
  varve::storage::S3Options options;
  options.bucket = bucket;
  options.prefix = prefix;
  options.region = "us-east-1";
  options.credentials = varve::storage::s3::CredentialsProvider::anonymous();
  return varve::storage::S3(options).url();
}
