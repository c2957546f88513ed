// A Node addon, to be loaded into the global scope before tfjs-node's, that lets TF_CPP_MIN_LOG_LEVEL say how much
// TensorFlow logs. In the wheel it is the Python part that obeys that variable, so from Node every start would print
// lines of information, the first of them while the library is being loaded.
#include <cstdlib>

// Stands in for absl::MinLogLevel of TensorFlow 2.21 (0 information, 1 warnings, 2 errors, 3 what ends the process).
// Another version asks for another name, and says what it says.
extern "C" __attribute__((visibility("default"))) int minLogLevel() __asm__("_ZN4absl12lts_2025081411MinLogLevelEv");
int minLogLevel() {
  const char *level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  return level == nullptr ? 0 : std::atoi(level);
}

// What makes it an addon; the arguments are Node's environment and the module's exports.
extern "C" __attribute__((visibility("default"))) void *napi_register_module_v1(void *, void *exports) { return exports; }
