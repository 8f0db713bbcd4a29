import Documents
import Execution
import HostPower
import RigSupport
import TestSupport
import Testing

/// Against a real service, sushy-tools' emulator.
@Suite(.enabled(if: RedfishEmulator.isInstalled, "\(RedfishEmulator.missing)")) struct RedfishTests {
    private static let account = PowerAccount(name: "lab", user: "admin", password: "x")

    @Test func onOffAndOnAgain() async throws {
        let emulator = try RedfishEmulator(systems: ["h1", "h2"], port: LoopbackPort.free())
        let control = try control(emulator.address(of: "h1"))
        #expect(try await control.state() == .on)
        try await control.shutDown()
        try await settled(control, .off)
        try await control.turnOn()
        try await settled(control, .on)
        try await control.cutOff()
        try await settled(control, .off)
        // What is off already stays off.
        try await control.cutOff()
        #expect(try await control.state() == .off)
        #expect(try await self.control(emulator.address(of: "h2")).state() == .on)
        #expect(try await control.watts() == nil, "systems of this kind have no reading")
    }

    @Test("a service of one system needs no name, one of two does")
    func rootOfTheService() async throws {
        let one = try RedfishEmulator(systems: ["h1"], port: LoopbackPort.free())
        #expect(try await control("http://127.0.0.1:\(one.port)").state() == .on)
        let two = try RedfishEmulator(systems: ["h1", "h2"], port: LoopbackPort.free())
        let error = await #expect(throws: DriverError.self) {
            try await control("http://127.0.0.1:\(two.port)").state()
        }
        #expect(
            error?.message
                == "host h: /redfish/v1 of its Redfish service: it has 2 systems, name one: .../redfish/v1/Systems/ID")
    }

    @Test func nobodyThere() async throws {
        let error = await #expect(throws: DriverError.self) {
            try await control("http://127.0.0.1:\(LoopbackPort.free())").state()
        }
        #expect(error?.code == .unreachable)
    }

    @Test func noSuchSystem() async throws {
        let emulator = try RedfishEmulator(systems: ["h1"], port: LoopbackPort.free())
        let error = await #expect(throws: DriverError.self) { try await control(emulator.address(of: "h7")).state() }
        #expect(error?.code == .refused)
    }

    private func control(_ address: String) throws -> RedfishSwitch {
        RedfishSwitch(host: "h", address: try #require(RedfishAddress(address)), account: Self.account)
    }

    private func settled(_ control: RedfishSwitch, _ wanted: HostPower) async throws {
        // The emulator lets up to 11 s pass.
        for _ in 0..<300 {
            if try await control.state() == wanted { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("it did not become \(wanted)")
    }
}
