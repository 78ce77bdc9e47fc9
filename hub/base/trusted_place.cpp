#include "hub/base/trusted_place.hpp"

#include <unistd.h>

namespace kinhub {

std::string distrust(const struct stat& status, Owners owners) {
  const bool ours = status.st_uid == ::geteuid() || status.st_uid == 0;
  if (!ours && !(owners == Owners::named_by_hand && ::geteuid() == 0))
    return "it belongs to user " + std::to_string(status.st_uid) +
           ", neither to this one nor to root: have its owner changed, or work as that user";
  const bool sticky_folder = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky_folder)
    return "others than its owner may write there: chmod go-w it";
  return {};
}

std::string distrust(const std::filesystem::path& place, Owners owners) {
  struct stat status {};
  return ::stat(place.c_str(), &status) == 0 ? distrust(status, owners) : std::string();
}

}  // namespace kinhub
