import ClusterModel
import Documents
import Foundation
import Testing

@Suite struct SchemaTests {
    static let hasValidator: Bool = run(["-c", "import jsonschema; jsonschema.Draft202012Validator"]) == 0

    /// Runs Python; its exit status, or `nil` when there is none.
    static func run(_ arguments: [String]) -> Int32? {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        process.standardError = FileHandle.standardError
        do { try process.run() } catch { return nil }
        process.waitUntilExit()
        return process.terminationStatus
    }

    static let script = """
        import json, sys
        from jsonschema import Draft202012Validator
        schema = json.load(open(sys.argv[1]))
        Draft202012Validator.check_schema(schema)
        validator = Draft202012Validator(schema)
        bad = 0
        for name in sys.argv[3:]:
            errors = list(validator.iter_errors(json.load(open(name))))
            if bool(errors) == (sys.argv[2] == "valid"):
                bad += 1
                print(name, "is not", sys.argv[2], [e.message for e in errors[:3]], file=sys.stderr)
        sys.exit(1 if bad else 0)
        """

    /// Writes texts to files, checks them against a schema with an independent validator.
    static func check(_ kind: DocumentSchema.Kind, _ expectation: String, texts: [String], files: [URL] = []) throws
        -> Bool
    {
        let folder = FileManager.default.temporaryDirectory.appending(path: "drover-schema-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let schema = folder.appending(path: "schema.json")
        try Data(DocumentSchema.text(for: kind).utf8).write(to: schema)
        var names = files.map { $0.path() }
        for (index, text) in texts.enumerated() {
            let file = folder.appending(path: "\(index).json")
            try Data(text.utf8).write(to: file)
            names.append(file.path())
        }
        return run(["-c", script, schema.path(), expectation] + names) == 0
    }

    @Test(.enabled(if: hasValidator, "python3 with jsonschema is not here"))
    func validDocumentsPassAnIndependentValidator() throws {
        let cluster = try Fixtures.readCluster(Fixtures.cluster).value
        #expect(
            try Self.check(
                .cluster, "valid",
                texts: [Fixtures.cluster, ClusterDocument.write(cluster), ClusterDocument.canonical(cluster)],
                files: Fixtures.clusters))
        let plan = try Fixtures.readPlan(Fixtures.plan).value
        #expect(
            try Self.check(
                .plan, "valid", texts: [Fixtures.plan, PlanDocument.write(plan), PlanDocument.canonical(plan)]))
        let policies = try Fixtures.policies.map {
            try PolicyDocument.read(try Fixtures.bytes($0), name: $0.lastPathComponent).value
        }
        #expect(
            try Self.check(
                .policy, "valid", texts: policies.flatMap { [PolicyDocument.write($0), PolicyDocument.canonical($0)] }))
    }

    /// What the schema can say, it says: these mistakes fail there as they fail in the reader.
    @Test(.enabled(if: hasValidator, "python3 with jsonschema is not here"))
    func mistakesFailInTheSchemaToo() throws {
        /// References, sums and order between values are beyond JSON Schema.
        func isBeyondSchema(_ mistake: Mistake) -> Bool {
            let words = [
                "the id of a", "again, allowed: an id", "less than", "as many values", "duplicate key",
                "that a host has", "RFC 3339",
            ]
            return mistake.expected.contains { line in words.contains { line.contains($0) } }
        }
        let clusters = ClusterReaderTests.mistakes.filter { !isBeyondSchema($0) }
        #expect(clusters.count > 20)
        #expect(
            try Self.check(
                .cluster, "invalid",
                texts: clusters.map { Fixtures.cluster.replacing($0.old, with: $0.new, maxReplacements: 1) }))
        let plans = PlanReaderTests.mistakes.filter { !isBeyondSchema($0) && !$0.new.contains("\"s9\"") }
        #expect(plans.count > 8)
        #expect(
            try Self.check(
                .plan, "invalid",
                texts: plans.map { Fixtures.plan.replacing($0.old, with: $0.new, maxReplacements: 1) }))
    }

    /// The schemas are JSON, say their draft, and close every object of ours.
    @Test(arguments: DocumentSchema.Kind.allCases) func schemasAreWellFormed(kind: DocumentSchema.Kind) throws {
        let value = try JSONText.read(Array(DocumentSchema.text(for: kind).utf8), name: "schema.json")
        guard case .object(let fields) = value else {
            Issue.record("no object")
            return
        }
        #expect(fields["$schema"] == .string(value: "https://json-schema.org/draft/2020-12/schema"))
        #expect(fields["$id"] == .string(value: "urn:drover:\(kind.rawValue):1"))
        #expect(fields["additionalProperties"] == .bool(value: false))
    }

    /// Every property of the model's values is a key of the schema.
    @Test func everyPropertyHasItsKey() {
        let cluster = DocumentSchema.text(for: .cluster)
        let host = Host(id: "", cpuCores: 1, memoryBytes: 1)
        let vm = VirtualMachine(
            id: "", host: nil, vcpus: 1, memoryBytes: 1, demand: Demand(cpuCores: 0, memoryBytes: 0))
        let profile = DemandProfile(
            slotSeconds: 1, start: Timestamp(secondsSinceEpoch: 0), cpuCores: [], memoryBytes: [])
        let values: [Any] = [
            host, vm, vm.demand, PowerModel(), PowerControl(kind: .ipmi), profile,
            DirtyRate(hotBytes: 0, bytesPerSecond: 0),
        ]
        for value in values {
            for child in Mirror(reflecting: value).children {
                #expect(cluster.contains("\"\(child.label ?? "")\": {"), "\(child.label ?? "") is not in the schema")
            }
        }
        let policy = DocumentSchema.text(for: .policy)
        func check(_ value: Any) {
            for child in Mirror(reflecting: value).children {
                #expect(policy.contains("\"\(child.label ?? "")\": {"), "\(child.label ?? "") is not in the schema")
                if Mirror(reflecting: child.value).displayStyle == .struct { check(child.value) }
            }
        }
        check(Policy())
    }
}
