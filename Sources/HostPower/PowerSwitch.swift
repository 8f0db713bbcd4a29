package import Execution

/// One host's power controller.
///
/// Every call may be made twice and is answered in seconds; none waits for the host to come up or go down. Errors:
/// `unreachable` when there was no answer, `refused` when the controller said no, `unsupported` when it cannot do this
/// at all, `invalid` when its answer could not be understood.
package protocol PowerSwitch: Sendable {
    func state() async throws(DriverError) -> HostPower

    func turnOn() async throws(DriverError)

    /// Asks the operating system to go down; whether it does is another question.
    func shutDown() async throws(DriverError)

    /// Takes the power away at once.
    func cutOff() async throws(DriverError)

    /// What the host draws now; `nil` when the controller has no such reading.
    func watts() async throws(DriverError) -> Double?
}
