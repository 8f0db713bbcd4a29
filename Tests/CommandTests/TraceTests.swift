import ClusterModel
import Documents
import Foundation
import ProgramSupport
import TestSupport
import Testing

/// The public traces, imported as researchers have them and consolidated.
@Suite struct TraceTests {
    static let why: Comment = "the shared traces are not beside the package (../shared, or $DROVER_SHARED)"

    /// On the hosts of the field's standard scenario: 400 of each of two models.
    @Test(.enabled(if: SharedTraces.areThere, why), .timeLimit(.minutes(4))) func aPlanetLabDay() async throws {
        let scratch = try Scratch()
        let vms = try SharedTraces.writePlanetLab("20110303", to: scratch.folder("20110303"))
        #expect(vms == 1052)
        let memory = "memory=4294967296"
        let imported = try await scratch.drover(
            "import", "planetlab", "20110303", "--store", "s.sqlite", "--cluster-name", "planetlab", "--hosts",
            "count=400,cores=2,speed=1.86,\(memory),curve=86/89.4/92.6/96/99.5/102/106/108/112/114/117", "--hosts",
            "count=400,cores=2,speed=2.66,\(memory),curve=93.7/97/101/105/110/116/121/125/129/133/135")
        #expect(imported.status == 0, "\(imported.errors)")
        #expect(imported.output.contains("\(vms * 288) rows of \(vms) hosts and VMs"), "\(imported.output)")
        try await expectConsolidation(scratch, name: "planetlab", vms: vms)
    }

    /// A month of 250 VMs, on hosts of 166,400 MHz: 64 cores of 2600 MHz.
    @Test(.enabled(if: SharedTraces.areThere, why), .timeLimit(.minutes(4))) func theBitbrainsMonth() async throws {
        let scratch = try Scratch()
        let vms = try SharedTraces.writeBitbrains(to: scratch.folder("2013-8")).vms
        #expect(vms == 250)
        let imported = try await scratch.drover(
            "import", "bitbrains", "2013-8", "--store", "s.sqlite", "--cluster-name", "bitbrains", "--hosts",
            "count=20,cores=64,memory=768GiB,idle=200,peak=500")
        #expect(imported.status == 0, "\(imported.errors)")
        try await expectConsolidation(scratch, name: "bitbrains", vms: vms)
    }

    /// A plan that rests on the samples of all VMs and leaves fewer hosts on.
    private func expectConsolidation(_ scratch: Scratch, name: String, vms: Int) async throws {
        let planned = try await scratch.drover(
            "plan", "power-save", "--store", "s.sqlite", "--set", "spareHosts=0", "--set", "powerSave.effort=200", "-o",
            "plan.json")
        #expect(planned.status == 0, "\(planned.output)\(planned.errors)")
        #expect(planned.errors.contains("demand of \(vms) of \(vms) running VMs rests on samples"), "\(planned.errors)")
        let plan = try PlanDocument.read(try scratch.bytes("plan.json"), name: "plan.json").value
        #expect(plan.cluster == name)
        #expect(plan.summary.hostsOn.after < plan.summary.hostsOn.before, "\(plan.summary)")
        #expect(plan.summary.watts.after < plan.summary.watts.before)
        let check = try await scratch.drover("check", "--store", "s.sqlite", "--plan", plan.id)
        #expect(check.status == 0, "\(check.output)\(check.errors)")
    }
}
