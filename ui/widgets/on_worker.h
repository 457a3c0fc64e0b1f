// Work that would hold up the GUI thread, on another one. Leaves out anything one could wait for, or cancel.
#pragma once

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>
#include <type_traits>
#include <utility>

#include "ui/widgets/attempt.h"

namespace xllm::ui {

// `make` runs on a worker, `then` on the GUI thread with what it made, unless `receiver` is gone by then. When `make`
// throws, a `then` that takes a Result is told why; any other one gets a T{}, and should mean nothing by it.
template <typename Make, typename Then>
void onWorker(QObject* receiver, Make make, Then then) {
  using T = std::invoke_result_t<Make>;
  QThreadPool::globalInstance()->start([make = std::move(make), then = std::move(then),
                                        receiver = QPointer<QObject>(receiver), app = QCoreApplication::instance()] {
    QMetaObject::invokeMethod(
        app,
        [made = attempt(make), then, receiver] {
          if (!receiver) return;
          if constexpr (std::is_invocable_v<const Then&, const Result<T>&>) {
            then(made);
          } else {
            then(made ? *made : T{});
          }
        },
        Qt::QueuedConnection);
  });
}

}  // namespace xllm::ui
