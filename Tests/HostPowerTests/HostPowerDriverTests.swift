import ClusterModel
import Documents
import Execution
import HostPower
import Synchronization
import Testing

@Suite struct HostPowerDriverTests {
    @Test("an operating system has its time, then the power is taken away; the next switch-off begins anew")
    func graceThenForce() async throws {
        let clock = Mutex(0.0)
        let control = RecordingSwitch()
        let driver = HostPowerDriver(switches: ["h1": control], graceSeconds: 60) { clock.withLock { $0 } }
        for seconds in [0.0, 1, 59.9] {
            clock.withLock { $0 = seconds }
            try await driver.switchOff("h1")
        }
        #expect(control.calls == ["shut down"])
        clock.withLock { $0 = 60 }
        try await driver.switchOff("h1")
        #expect(control.calls == ["shut down", "cut off"])
        #expect(try await driver.state(of: "h1") == .off)
        try await driver.switchOn("h1")
        try await driver.switchOff("h1")
        #expect(control.calls.last == "shut down")
    }

    @Test func aControllerThatCannotAskCuts() async throws {
        let control = RecordingSwitch(canShutDown: false)
        let driver = HostPowerDriver(switches: ["h1": control], graceSeconds: 60)
        try await driver.switchOff("h1")
        #expect(control.calls == ["cut off"])
    }

    @Test func aHostWithoutControlIsRefused() async {
        let driver = HostPowerDriver(switches: [:], graceSeconds: 60)
        #expect(!driver.canSwitch)
        await #expect(throws: DriverError(code: .unsupported, message: "host h9 has no power control")) {
            try await driver.switchOn("h9")
        }
    }

    @Test func everythingWrongIsSaidAtOnce() throws {
        let account = PowerAccount(name: "lab", user: "u", password: "p")
        let controls = [
            "a": PowerControl(kind: .redfish, url: "http://10.0.0.1", credential: "lab"),
            "b": PowerControl(kind: .ipmi, url: "ipmi://10.0.0.2", credential: "nobody"),
            "c": PowerControl(kind: .wakeOnLan, url: "wol://12:34"),
            "d": PowerControl(kind: .redfish, credential: "lab"),
            "e": PowerControl(kind: .redfish, url: "https://10.0.0.3", credential: "lab"),
        ]
        let error = #expect(throws: PowerSetupError.self) {
            try HostPowerDriver(controls: controls, accounts: [account], presence: { _ in false })
        }
        #expect(
            error?.problems == [
                "host a: powerControl.url: http://10.0.0.1 would send the password in the clear, allowed: https, or "
                    + "allowPlainHTTP: true in account lab",
                "host b: powerControl.credential: found \"nobody\", allowed: an account of the accounts file (lab)",
                "host c: powerControl.url: found wol://12:34, allowed: wol://MAC or wol://MAC@BROADCAST:PORT, for "
                    + "example wol://52:54:00:12:34:56@192.0.2.255:9",
                "host d: powerControl.url is missing, allowed: https://CONTROLLER, or "
                    + "https://CONTROLLER/redfish/v1/Systems/ID",
            ])
    }

    @Test("a password is shown by nothing")
    func secrets() {
        let account = PowerAccount(name: "lab", user: "u", password: "hunter2")
        var dumped = ""
        dump(account, to: &dumped)
        for text in ["\(account)", String(reflecting: account), dumped, "\([account])"] {
            #expect(!text.contains("hunter2"))
        }
    }
}
