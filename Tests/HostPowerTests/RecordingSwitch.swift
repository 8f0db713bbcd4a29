import Execution
import HostPower
import Synchronization

/// A controller that only writes down what it is asked.
final class RecordingSwitch: PowerSwitch {
    private let asked = Mutex<[String]>([])
    /// Whether it can ask the operating system.
    private let canShutDown: Bool

    init(canShutDown: Bool = true) { self.canShutDown = canShutDown }

    var calls: [String] { asked.withLock { $0 } }

    private func note(_ call: String) { asked.withLock { $0.append(call) } }

    func state() async throws(DriverError) -> HostPower {
        calls.last == "cut off" ? .off : .on
    }

    func turnOn() async throws(DriverError) { note("on") }

    func shutDown() async throws(DriverError) {
        guard canShutDown else { throw DriverError(code: .unsupported, message: "cannot") }
        note("shut down")
    }

    func cutOff() async throws(DriverError) { note("cut off") }

    func watts() async throws(DriverError) -> Double? { 42 }
}
