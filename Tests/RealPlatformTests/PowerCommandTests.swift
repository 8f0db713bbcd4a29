import Foundation
import ProgramSupport
import RigSupport
import TestSupport
import Testing

/// `drover power` by hand, on a host with a hypervisor that goes and comes with its power, through either kind of
/// controller.
@Suite(
    .serialized, .enabled(if: RigAvailability.isReady, RigAvailability.comment),
    .enabled(if: RedfishEmulator.isInstalled, "\(RedfishEmulator.missing)"),
    .enabled(if: IPMIEmulator.isInstalled, "\(IPMIEmulator.missing)"))
struct PowerCommandTests {
    /// h1 is the host that is switched; the machines that stand for hosts behind IPMI controllers run on h2.
    enum Kind: String, CaseIterable {
        case redfish, ipmi

        func controllers(_ rig: Rig) throws -> any HostControllers {
            switch self {
            case .redfish: try RedfishEmulator(systems: rig.hosts, port: LoopbackPort.free())
            case .ipmi: try IPMIEmulator(rig, hosts: rig.hosts, room: "h2")
            }
        }
    }

    private static let files = ["--hosts", "hosts.yaml", "--accounts", "accounts.yaml"]

    @Test(.timeLimit(.minutes(5)), arguments: Kind.allCases) func byHand(kind: Kind) async throws {
        let lab = try Lab(
            prefix: "power\(kind)", linkMegabitsPerSecond: 1000, guests: [("h1", []), ("h2", [])],
            controllers: kind.controllers)
        try await lab.whilePowered {
            #expect(try await power("status", in: lab).output == "h1  on  no reading\nh2  on  no reading\n")

            // Only in maintenance, and only when empty.
            try await lab.sync()
            let refused = try await power("off", "h1", "--store", "lab.sqlite", in: lab)
            #expect(refused.status != 0 && refused.output.isEmpty)
            #expect(
                refused.errors == """
                    Error: host h1 is on: only one in maintenance is switched off by hand; drover plan evacuate h1 \
                    empties it and puts it there

                    """)
            try await lab.drover("plan", "evacuate", "h1", "-o", "maintain.json", "--set", "spareHosts=0")
            try await lab.drover(
                "apply", "maintain.json", "--driver", "libvirt", "--hosts", "hosts.yaml", "--approve")

            // There and back, and how long it took.
            let trial = try await power("test", "h1", "--store", "lab.sqlite", in: lab)
            print(trial.output + trial.errors)
            let numbers = trial.output.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }
            #expect(trial.status == 0 && trial.output.hasPrefix("h1: off after ") && numbers.count == 3)
            let kept =
                "SELECT json_extract(document, '$.hosts[0].shutdownSeconds', '$.hosts[0].bootSeconds') FROM inventory"
            #expect(
                try lab.scratch.query("lab.sqlite", kept) == [
                    ["[\(numbers.dropFirst().map(String.init).joined(separator: ","))]"]
                ])

            // Off and on again by two commands.
            #expect(
                try await power("off", "h1", "--store", "lab.sqlite", in: lab).output == "h1: asked to go down\n")
            try await settled("h1  off  no reading\nh2  on  no reading\n", in: lab)
            #expect(try await power("on", "h1", in: lab).output == "h1: asked to come on\n")
            try await settled("h1  on  no reading\nh2  on  no reading\n", in: lab)

            // Out of maintenance, as soon as its hypervisor is back.
            try await lab.readmit("h1")
            let state = "SELECT json_extract(document, '$.hosts[0].state') FROM inventory"
            #expect(try lab.scratch.query("lab.sqlite", state) == [["on"]])
        }
        #expect(try lab.poweredHosts() == ["h1", "h2"])
    }

    private func power(_ words: String..., in lab: Lab) async throws -> Programs.Outcome {
        try await lab.scratch.drover(["power"] + words + Self.files)
    }

    private func settled(_ wanted: String, in lab: Lab) async throws {
        var found = ""
        for _ in 0..<60 where found != wanted {
            found = try await power("status", in: lab).output
            try await Task.sleep(for: .milliseconds(250))
        }
        #expect(found == wanted)
    }

    /// A controller that does not take the password: said so, with no password anywhere.
    @Test func wrongPassword() async throws {
        let lab = try Lab(
            prefix: "powerwrong", linkMegabitsPerSecond: 1000, guests: [("h1", [])],
            controllers: { try IPMIEmulator($0, hosts: $0.hosts, room: "h1") })
        try lab.scratch.write(
            lab.controllers.accounts.replacing(EmulatedAccount.password, with: "not-the-word"), to: "accounts.yaml")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: "\(lab.scratch.path)/accounts.yaml")
        let answer = try await power("status", in: lab)
        print(answer.errors)
        #expect(answer.status == 1 && answer.output == "h1  unknown\n")
        #expect(answer.errors.contains("host h1: ipmitool") && !answer.errors.contains("not-the-word"))
    }
}
