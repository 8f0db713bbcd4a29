/// The way to a host's power: on, off, and which of the two it is. Beside a hypervisor's driver, not part of it.
///
/// Every call may be made twice; switching a host to what it is already changes nothing. No call waits for a host to
/// come up or go down: `state` tells.
public protocol PowerDriver: Sendable {
    /// Whether any host can be switched at all.
    var canSwitch: Bool { get }

    /// Whether that host has power. A thrown error with code `unreachable` says nothing about it.
    func state(of host: String) async throws(DriverError) -> HostPower

    /// Asks the host's power to come on.
    func switchOn(_ host: String) async throws(DriverError)

    /// Asks the host to go down: by its operating system first, then by force after the driver's own time.
    func switchOff(_ host: String) async throws(DriverError)
}

/// Whether a host has power.
public enum HostPower: String, Sendable, Hashable, Codable {
    case on, off
}

/// No way to any host's power: everything is refused.
public struct NoPowerControl: PowerDriver {
    public init() {}

    public var canSwitch: Bool { false }

    public func state(of host: String) async throws(DriverError) -> HostPower { throw Self.refusal(host) }

    public func switchOn(_ host: String) async throws(DriverError) { throw Self.refusal(host) }

    public func switchOff(_ host: String) async throws(DriverError) { throw Self.refusal(host) }

    private static func refusal(_ host: String) -> DriverError {
        DriverError(code: .unsupported, message: "host \(host) has no power control")
    }
}
