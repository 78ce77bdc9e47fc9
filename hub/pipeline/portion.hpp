#pragma once
// Adaptive batch size of the pipeline.

#include <algorithm>
#include <cstddef>

namespace kinhub {

/// Multiplicative back-off of the batch size: halved after a failure, doubled after a calm while. A batch
/// that takes the store or this machine longer than the server waits would fail again and again: it is tried
/// in halves, and larger again when a while went well.
class Portion {
 public:
  explicit Portion(std::size_t most) : most_(std::max<std::size_t>(most, 1)), size_(most_) {}

  std::size_t size() const { return size_; }
  void tried(std::size_t count) { trying_ = count; }
  void stored() {
    trying_ = 0;
    if (size_ == most_ || ++went_well_ < calm_after) return;
    size_ = std::min(size_ * 2, most_), went_well_ = 0;
  }
  /// Halves the size; changes nothing when nothing was being tried.
  void failed() {
    if (trying_ > 0) size_ = std::max<std::size_t>(trying_ / 2, 1), went_well_ = 0;
    trying_ = 0;
  }

 private:
  static constexpr int calm_after = 16;
  const std::size_t most_;
  std::size_t size_, trying_ = 0;
  int went_well_ = 0;
};

}  // namespace kinhub
