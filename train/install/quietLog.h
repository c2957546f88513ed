// Compiled into tfjs-node's addon. TF_CPP_MIN_LOG_LEVEL says how much TensorFlow logs; in the wheel it is Python's
// part that obeys it, so from Node every start would print a few lines of information. The name is that of
// absl::SetMinLogLevel in TensorFlow 2.21; with another version it is absent, and the lines are there.
#include <cstdlib>

extern "C" void willfit_set_min_log_level(int) __asm__("_ZN4absl12lts_2025081414SetMinLogLevelENS0_18LogSeverityAtLeastE")
    __attribute__((weak));

namespace {
struct QuietLog {
  QuietLog() {
    const char *level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
    if (level != nullptr && willfit_set_min_log_level != nullptr) willfit_set_min_log_level(std::atoi(level));
  }
} quietLog;
}  // namespace
