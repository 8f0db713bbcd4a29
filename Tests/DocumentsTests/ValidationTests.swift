import Documents
import Testing

@Suite struct ValidationTests {
    static func validate(_ text: String, name: String = "d.json") throws -> String {
        let report = try DocumentValidation.validate(Array(text.utf8), name: name)
        return "\(report.kind.rawValue): \(report.summary)"
    }

    @Test func theKindIsThatOfTheFormat() throws {
        #expect(try Self.validate(Fixtures.cluster) == "cluster: 2 hosts, 2 VMs, 4 rules, 1 links")
        #expect(try Self.validate(Fixtures.plan) == "plan: evacuate, partial, 3 steps")
        #expect(try Self.validate("name: night", name: "n.yaml") == "policy: policy night")
        #expect(try Self.validate("format: drover.policy/1\nname: night", name: "n") == "policy: policy night")
        #expect(
            Fixtures.errors { _ = try Self.validate("{\"format\": \"drover.cloud/1\"}") } == [
                "d.json:1:12: format: found \"drover.cloud/1\", allowed: \"drover.cluster/1\" | \"drover.plan/1\" | "
                    + "\"drover.policy/1\" | \"drover.hosts/1\""
            ])
    }
}
