import ClusterModel
import Documents
import Foundation
import ProgramSupport
import Testing

/// Packing on the joint history, from a table of samples to a checked plan.
@Suite struct HistoryTests {
    private static let hosts = (1...4).map { host in
        """
        {"id": "h\(host)", "state": "on", "cpuCores": 10, "memoryBytes": 68719476736,
         "power": {"idleWatts": 90, "peakWatts": 250}}
        """
    }.joined(separator: ",")

    private static let vms = (1...4).map { vm in
        """
        {"id": "v\(vm)", "host": "h\(vm)", "state": "running", "vcpus": 8, "memoryBytes": 4294967296,
         "demand": {"cpuCores": 1, "memoryBytes": 4e9}}
        """
    }.joined(separator: ",")

    private static let cluster = """
        {"format": "drover.cluster/1", "name": "shifts", "takenAt": "2026-11-22T20:00:00Z", "hosts": [\(hosts)],
         "vms": [\(vms)]}
        """

    /// Two days of five-minute values: v1 and v2 work from 0 to 12 o'clock, v3 and v4 from 12 to 24.
    private static let samples: String = {
        let begin = 1_795_219_200 - 2 * 86400
        var lines = ["time,vm,cpuCores"]
        for step in 0..<576 {
            let at = begin + step * 300
            let isMorning = (at / 3600) % 24 < 12
            for vm in 1...4 { lines.append("\(at),v\(vm),\((vm <= 2) == isMorning ? 6 : 1)") }
        }
        return lines.joined(separator: "\n") + "\n"
    }()

    /// p95 has each VM at 6 cores: one a host of 8.5. Side by side, one of the morning and one of the evening need 7.
    @Test(arguments: [("none", 4), ("history", 2)])
    func vmsOfDifferentShiftsShareAHost(profile: String, hostsOn: Int) async throws {
        let scratch = try Scratch()
        try scratch.write(Self.cluster, to: "c.json")
        try scratch.write(Self.samples, to: "s.csv")
        for arguments in [["cluster", "c.json"], ["samples", "s.csv"]] {
            let imported = try await scratch.drover(["import"] + arguments + ["--store", "s.sqlite"])
            #expect(imported.status == 0, "\(imported.output)\(imported.errors)")
        }
        let planned = try await scratch.drover(
            "plan", "power-save", "--store", "s.sqlite", "--set", "demand.profile=\(profile)", "--set",
            "demand.windowSeconds=172800", "--set", "spareHosts=0", "-o", "plan.json")
        #expect(planned.status == 0, "\(planned.output)\(planned.errors)")
        let plan = try PlanDocument.read(try scratch.bytes("plan.json"), name: "plan.json").value
        #expect(plan.summary.hostsOn.after == hostsOn)
        #expect(plan.policy.horizonSeconds == nil)
        let told = planned.errors.contains(
            "Every host has room in 192 of 192 recorded slots of 15 minutes, boiled down to 192.")
        #expect(told == (profile == "history"), "\(planned.errors)")
        let check = try await scratch.drover("check", "--store", "s.sqlite", "--plan", plan.id)
        #expect(check.status == 0, "\(check.output)\(check.errors)")
    }

    @Test func aHorizonIsRefused() async throws {
        let scratch = try Scratch()
        try scratch.write(Self.cluster, to: "c.json")
        let refused = try await scratch.drover(
            "plan", "power-save", "--cluster", "c.json", "--policy", "nightly-consolidation", "--set",
            "demand.profile=history")
        #expect(refused.status == 1, "\(refused.errors)")
        #expect(refused.errors.contains("horizonSeconds: found 43200.0, allowed: null"), "\(refused.errors)")
    }
}
