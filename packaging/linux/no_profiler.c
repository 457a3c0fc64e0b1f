/* Stands in for libcudart and libcupti, which LibTorch's CUDA build names for its profiler alone (Kineto; this program never
 * starts it). Every function says that there is no device, so the base program carries no GPU library. Built twice: with
 * XLLM_CUDART as libcudart.so.13, without as libcupti.so.13. The GPU add-on's real ones lie where they are found first. */

#ifdef XLLM_CUDART
enum { kNoDevice = 100 }; /* cudaErrorNoDevice */
#define ANSWERS(name) \
  int name(void);     \
  int name(void) { return kNoDevice; }
ANSWERS(cudaDeviceSynchronize)
ANSWERS(cudaDriverGetVersion)
ANSWERS(cudaGetDeviceProperties)
ANSWERS(cudaRuntimeGetVersion)

int cudaGetDeviceCount(int* count);
int cudaGetDeviceCount(int* count) {
  *count = 0;
  return kNoDevice;
}

const char* cudaGetErrorString(int error);
const char* cudaGetErrorString(int error) {
  return error == 0 ? "no error" : "the GPU add-on is not installed";
}
#else
enum { kNotInitialised = 15 }; /* CUPTI_ERROR_NOT_INITIALIZED */
#define ANSWERS(name) \
  int name(void);     \
  int name(void) { return kNotInitialised; }
ANSWERS(cuptiActivityDisable)
ANSWERS(cuptiActivityEnable)
ANSWERS(cuptiActivityEnableCudaEventDeviceTimestamps)
ANSWERS(cuptiActivityEnableDriverApi)
ANSWERS(cuptiActivityEnableRuntimeApi)
ANSWERS(cuptiActivityFlushAll)
ANSWERS(cuptiActivityGetNextRecord)
ANSWERS(cuptiActivityGetNumDroppedRecords)
ANSWERS(cuptiActivityPopExternalCorrelationId)
ANSWERS(cuptiActivityPushExternalCorrelationId)
ANSWERS(cuptiActivityRegisterCallbacks)
ANSWERS(cuptiActivityRegisterTimestampCallback)
ANSWERS(cuptiActivitySetAttribute)
ANSWERS(cuptiEnableCallback)
ANSWERS(cuptiEnableDomain)
ANSWERS(cuptiFinalize)
ANSWERS(cuptiGetVersion)
ANSWERS(cuptiSubscribe)
ANSWERS(cuptiUnsubscribe)

int cuptiGetResultString(int result, const char** text);
int cuptiGetResultString(int result, const char** text) {
  (void)result;
  *text = "the GPU add-on is not installed";
  return 0;
}
#endif
