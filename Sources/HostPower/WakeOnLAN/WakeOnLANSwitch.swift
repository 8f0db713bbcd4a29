package import Execution
internal import Glibc

/// Wakes a host by a magic packet. It has no controller: whether it is on is told by its hypervisor alone, and to
/// switch it off is not possible this way.
package struct WakeOnLANSwitch: PowerSwitch {
    package let host: String
    package let target: WakeTarget
    package let presence: @Sendable () async -> Bool

    package init(host: String, target: WakeTarget, presence: @escaping @Sendable () async -> Bool) {
        self.host = host
        self.target = target
        self.presence = presence
    }

    package func state() async throws(DriverError) -> HostPower { await presence() ? .on : .off }

    /// Packets get lost: three are sent.
    package func turnOn() async throws(DriverError) {
        for _ in 0..<3 { try send() }
    }

    package func shutDown() async throws(DriverError) { throw cannot }

    package func cutOff() async throws(DriverError) { throw cannot }

    package func watts() async throws(DriverError) -> Double? { nil }

    private var cannot: DriverError {
        DriverError(
            code: .unsupported,
            message: "host \(host) is woken by Wake-on-LAN, which cannot switch it off: shut it down by hand")
    }

    private func send() throws(DriverError) {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = in_port_t(target.port).bigEndian
        guard inet_pton(AF_INET, target.broadcast, &place.sin_addr) == 1 else {
            throw DriverError(
                code: .invalid, message: "host \(host): \(target.broadcast) is no IPv4 address to broadcast to")
        }
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("no socket") }
        defer { close(descriptor) }
        var yes: Int32 = 1
        guard setsockopt(descriptor, SOL_SOCKET, SO_BROADCAST, &yes, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw failure("no broadcast")
        }
        let packet = target.packet
        let sent = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, packet, packet.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard sent == packet.count else { throw failure("the packet to \(target.broadcast) was not sent") }
    }

    private func failure(_ what: String) -> DriverError {
        DriverError(code: .unreachable, message: "host \(host): \(what): \(String(cString: strerror(errno)))")
    }
}
