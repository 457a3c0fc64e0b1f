# Every third-party library of the project, found once, each behind one target.

find_package(Threads REQUIRED)
find_package(LibTorch REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(tl-expected 1.0 REQUIRED)

find_package(PkgConfig REQUIRED)
pkg_check_modules(sentencepiece REQUIRED IMPORTED_TARGET sentencepiece>=0.1.97)

# For `xllm evaluate` with a judge; without it everything else works, and the command says what is missing.
find_package(CURL 7.85)
set(XLLM_HTTP ${CURL_FOUND})
if(NOT XLLM_HTTP)
  message(STATUS "libcurl was not found: xllm evaluate cannot ask a judge (install libcurl4-openssl-dev)")
endif()

if(XLLM_MEDIA)
  pkg_check_modules(ffmpeg REQUIRED IMPORTED_TARGET
    libavformat>=59 libavcodec>=59 libavutil>=57 libswscale>=6 libswresample>=4)
  # core and imgproc only; imgcodecs would bring GDAL and 77 more libraries. Debian keeps OpenCV's package file in the
  # metapackage that pulls all of them in, hence by hand.
  find_path(XLLM_OPENCV_INCLUDE opencv2/imgproc.hpp PATH_SUFFIXES opencv4 REQUIRED)
  find_library(XLLM_OPENCV_CORE opencv_core REQUIRED)
  find_library(XLLM_OPENCV_IMGPROC opencv_imgproc REQUIRED)
  add_library(xllm_opencv INTERFACE)
  add_library(xllm::opencv ALIAS xllm_opencv)
  target_include_directories(xllm_opencv SYSTEM INTERFACE ${XLLM_OPENCV_INCLUDE})
  target_link_libraries(xllm_opencv INTERFACE ${XLLM_OPENCV_IMGPROC} ${XLLM_OPENCV_CORE})
endif()

if(XLLM_DESKTOP)
  find_package(Qt6 6.4 REQUIRED COMPONENTS Core Gui Multimedia MultimediaWidgets Network Widgets Sql Svg TextToSpeech LinguistTools)
  add_library(xllm_qt INTERFACE)
  add_library(xllm::qt ALIAS xllm_qt)
  target_link_libraries(xllm_qt INTERFACE Qt6::Core)
  target_compile_definitions(xllm_qt INTERFACE
    QT_NO_KEYWORDS QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_NARROWING_CONVERSIONS_IN_CONNECT
    QT_NO_CONTEXTLESS_CONNECT QT_USE_QSTRINGBUILDER)
  pkg_check_modules(md4c REQUIRED IMPORTED_TARGET md4c)
  # To hear what the loudspeakers play, where PulseAudio or PipeWire plays it, and to take it out of what a microphone hears.
  pkg_check_modules(pulse IMPORTED_TARGET libpulse-simple)
  if(pulse_FOUND)
    pkg_check_modules(webrtc_audio REQUIRED IMPORTED_TARGET webrtc-audio-processing)
  endif()
endif()

if(XLLM_TESTS)
  find_package(GTest 1.12 REQUIRED)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  if(XLLM_DESKTOP)
    find_package(Qt6 6.4 REQUIRED COMPONENTS Test)
  endif()
endif()
if(XLLM_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
