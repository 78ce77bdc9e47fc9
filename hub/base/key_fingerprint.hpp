#pragma once
// What names the first key of a key file, with which tokens are made, beside what must never be read with
// another one.

#include <string>

#include "hub/base/secrets.hpp"

namespace kinhub {

/// The same for as long as the first key is. Tells nothing of it.
inline std::string key_fingerprint(const Keyring& keys) {
  return reference_text('k', keys.token("key_fingerprint", "kinhub"));
}

}  // namespace kinhub
