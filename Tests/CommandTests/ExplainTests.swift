import ProgramSupport
import Testing

/// What `drover explain` says of a plan file, with nothing but the file and its cluster.
@Suite struct ExplainTests {
    @Test func aBlockedVMIsToldWhatWouldFreeItUnderThePlansOwnPolicy() async throws {
        let scratch = try Scratch()
        let cluster = "\(Programs.root)/data/clusters/blocked-evacuation.cluster.json"
        let planned = try await scratch.drover(
            "plan", "evacuate", "h01", "--cluster", cluster, "--set", "spareHosts=0", "-o", "plan.json")
        #expect(planned.status == 2, "\(planned.errors)")
        #expect(planned.output.contains("3 refusals ("))
        let told = try await scratch.drover("explain", "plan.json", "v4", "--cluster", cluster)
        #expect(told.status == 0, "\(told.errors)")
        #expect(told.output.contains("- take host h03 out of maintenance"))
        #expect(told.output.contains("- connect host h02 to network vlan20"))
        // The plan carries its policy, so nothing is assumed.
        #expect(!told.output.contains("taken at the default"))
    }
}
