import Execution
import Glibc
import HostPower
import Testing

@Suite struct WakeOnLANTests {
    @Test("three packets arrive; a host that only wakes cannot be switched off")
    func packets() async throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        let port = try bindToLoopback(descriptor)
        let target = try #require(WakeTarget("52:54:00:12:34:56@127.0.0.1:\(port)"))
        let control = WakeOnLANSwitch(host: "h1", target: target, presence: { false })
        try await control.turnOn()
        for _ in 0..<3 {
            var packet = [UInt8](repeating: 0, count: 200)
            let count = recv(descriptor, &packet, packet.count, 0)
            #expect(Array(packet.prefix(max(0, count))) == target.packet)
        }
        #expect(try await control.state() == .off)
        await #expect(throws: DriverError.self) { try await control.shutDown() }
    }

    private func bindToLoopback(_ descriptor: Int32) throws -> Int {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        var wait = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        let bound = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(bound)
        return Int(in_port_t(bigEndian: place.sin_port))
    }
}
