// Work that would hold up the GUI thread, on another one. Leaves out anything one could wait for, or cancel.
#pragma once

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

namespace xllm::ui {

// `make` runs on a worker, `then` on the GUI thread with what it made (a T{} where memory did not suffice), unless
// `receiver` is gone by then.
template <typename Make, typename Then>
void onWorker(QObject* receiver, Make make, Then then) {
  using T = std::invoke_result_t<Make>;
  QThreadPool::globalInstance()->start([make = std::move(make), then = std::move(then),
                                        receiver = QPointer<QObject>(receiver), app = QCoreApplication::instance()] {
    T made{};
    try {
      made = make();
    } catch (const std::exception&) {
    }
    QMetaObject::invokeMethod(
        app,
        [made = std::move(made), then, receiver] {
          if (receiver) then(made);
        },
        Qt::QueuedConnection);
  });
}

}  // namespace xllm::ui
