import Foundation
import ProgramSupport
import Testing

/// Whatever is wrong, the operator gets one clear message, the right exit status, and nothing half done.
@Suite struct WrongInputTests {
    struct Wrong: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let arguments: [String]
        let status: Int32
        /// What the standard error must hold.
        let says: [String]
        var input = ""

        init(_ arguments: String, _ status: Int32, _ says: String..., input: String = "") {
            testDescription = arguments
            self.arguments = arguments.split(separator: " ").map(String.init)
            self.status = status
            self.says = says
            self.input = input
        }
    }

    // MARK: Usage

    @Test(arguments: [
        Wrong("frobnicate", 64, "'frobnicate' is no command", "plan, check"),
        Wrong(
            "plan balanced --cluster small.json", 64, "'balanced' is no command",
            "balance, power-save, evacuate, rolling, relocate, place"
        ),
        Wrong("policy chek default", 64, "'chek' is no command"),
        Wrong("plan balance", 64, "either --cluster FILE or --store FILE"),
        Wrong("plan balance --cluster small.json --store s.sqlite", 64, "either --cluster FILE or --store FILE"),
        Wrong("plan balance --cluster small.json --cluster-name x", 64, "--cluster-name goes with --store"),
        Wrong("plan balance --cluster small.json --at yesterday", 64, "yesterday"),
        Wrong("plan balance --cluster small.json --format pdf", 64, "pdf"),
        Wrong("plan evacuate --cluster small.json", 64, "host"),
        Wrong("schema network", 64, "network"),
        Wrong("generate cluster --seed x", 64, "x"),
        Wrong("generate cluster --seed 1 --hosts 0", 64, "--hosts is between 1 and 100000"),
        Wrong("report capacity --cluster small.json --size huge", 64, "huge"),
        Wrong("apply plan.json --fault gravity=1 --rehearse --cluster small.json", 64, "gravity"),
    ])
    func usage(_ wrong: Wrong) async throws { try await expect(wrong) }

    // MARK: Documents and policies

    @Test(arguments: [
        Wrong("validate missing.json", 1, "missing.json: cannot be read: No such file"),
        Wrong("validate -", 1, "<stdin>", input: "{"),
        Wrong("validate -", 1, "hosts[0].memoryBytes", "-5", input: SmallCluster.replacing("68719476736", "-5")),
        Wrong("validate -", 1, "hosts[0]", "memoryByte", input: SmallCluster.replacing("memoryBytes", "memoryByte")),
        Wrong(
            "validate -", 1, "vms[3].host", "h99",
            input: SmallCluster.replacing("\"host\": \"h03\"", "\"host\": \"h99\"")),
        Wrong("validate -", 1, "hosts[1].id", "h01", input: SmallCluster.replacing("\"h02\"", "\"h01\"")),
        Wrong(
            "validate -", 1, "format", "drover.plan/9",
            input: SmallCluster.replacing("drover.cluster/1", "drover.plan/9")),
        Wrong("plan balance --cluster -", 1, "takenAt", input: SmallCluster.replacing("2026-11-22", "yesterday")),
        Wrong("policy check nowhere", 1, "nowhere", "policies"),
        Wrong("policy check -", 1, "<stdin>:1:1", "limit", input: "limit:\n  cpu: 0.9\n"),
        Wrong("policy check -", 1, "<stdin>:2:8", "limits.cpu", input: "limits:\n  cpu: 9\n"),
        Wrong("policy check default --set limits.cpu=high", 1, "limits.cpu"),
        Wrong("policy check default --set spareHosts", 1, "KEY=VALUE"),
        Wrong("plan balance --cluster small.json --set frob=1", 1, "frob"),
        Wrong("plan balance --cluster small.json --policy nowhere.yaml", 1, "nowhere.yaml"),
    ])
    func documents(_ wrong: Wrong) async throws { try await expect(wrong) }

    // MARK: Goals, plans, stores

    @Test(arguments: [
        Wrong("plan evacuate h09 --cluster small.json", 1, "no host 'h09'"),
        Wrong("plan place - --cluster small.json", 1, "no VM 'v9'", input: "{\"v9\": \"h01\"}"),
        Wrong("plan place - --cluster small.json", 1, "no host 'h9'", input: "{\"v1\": \"h9\"}"),
        Wrong("plan place - --cluster small.json", 1, "v1", "allowed: the id of a host", input: "{\"v1\": 7}"),
        Wrong("plan place - --cluster small.json", 1, "found no object", input: "[1]"),
        Wrong("plan balance --cluster small.json -o nowhere/plan.json", 1, "nowhere/plan.json: cannot be written"),
        Wrong("explain plan.json v9 --cluster small.json", 1, "v9"),
        Wrong("plan balance --store missing.sqlite", 1, "missing.sqlite"),
        Wrong("plan balance --store small.json", 1, "small.json", "not a Drover store"),
        Wrong("store check small.json", 1, "small.json"),
        Wrong("store restore small.json new.sqlite", 1, "small.json"),
        Wrong("status --store missing.sqlite", 1, "missing.sqlite"),
        Wrong("serve --store s.sqlite --host 0.0.0.0 --port 0", 1, "--tls-cert"),
        Wrong("import samples table.csv --store s.sqlite --cluster-name x", 1, "table.csv"),
        Wrong("import planetlab nowhere --store s.sqlite --cluster-name x", 1, "nowhere"),
    ])
    func goalsAndStores(_ wrong: Wrong) async throws { try await expect(wrong) }

    @Test func plansOfAnotherClusterAreNamed() async throws {
        let scratch = try await prepared()
        try scratch.write(SmallCluster.replacing("\"small\"", "\"other\""), to: "other.json")
        let check = try await scratch.drover("check", "--cluster", "other.json", "--plan", "plan.json")
        #expect(check.status == 1)
        #expect(check.output.contains("anotherCluster"))
        let apply = try await scratch.drover("apply", "plan.json", "--cluster", "other.json", "--rehearse")
        #expect(apply.status == 1)
        #expect(apply.errors.contains("for cluster small, and this cluster is other"), "\(apply.errors)")
    }

    @Test func aPlanOfAnOlderSnapshotIsNotRun() async throws {
        let scratch = try await prepared()
        try scratch.write(SmallCluster.replacing("\"cpuCores\": 1,", "\"cpuCores\": 1.5,"), to: "changed.json")
        let apply = try await scratch.drover("apply", "plan.json", "--cluster", "changed.json", "--rehearse")
        #expect(apply.status == 1)
        #expect(apply.errors.contains("fails the checker"), "\(apply.errors)")
    }

    @Test func anExpiredPlanIsNotRun() async throws {
        let scratch = try await prepared()
        let apply = try await scratch.drover(
            "apply", "plan.json", "--cluster", "small.json", "--rehearse", "--platform-time", "2026-11-23T20:00:00Z")
        #expect(apply.status == 1)
        #expect(apply.errors.contains("expired at 2026-11-22T21:00:00Z"), "\(apply.errors)")
    }

    @Test func anUnapprovedPlanIsNotRun() async throws {
        let scratch = try await prepared()
        let apply = try await scratch.drover("apply", "plan.json", "--cluster", "small.json", "--store", "s.sqlite")
        #expect(apply.status == 1)
        #expect(apply.errors.contains("is not approved"), "\(apply.errors)")
    }

    @Test func badRowsAreCountedAndTheRestIsKept() async throws {
        let scratch = try await prepared()
        let rows = """
            timestamp,kind,id,metric,value
            2026-11-22T19:00:00Z,vm,v1,cpuCores,0.5
            yesterday,vm,v1,cpuCores,0.5
            2026-11-22T19:05:00Z,vm,v1,cpuCores,-1
            2026-11-22T19:10:00Z,vm,v1,frobs,1
            2026-11-22T19:15:00Z,vm,v1,cpuCores,0.7

            """
        try scratch.write(rows, to: "samples.csv")
        _ = try await scratch.drover("import", "cluster", "small.json", "--store", "s.sqlite")
        let outcome = try await scratch.drover("import", "samples", "samples.csv", "--store", "s.sqlite")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("2 rows of 1 hosts and VMs"), "\(outcome.output)")
        #expect(outcome.output.contains("3 bad rows left out"), "\(outcome.output)")
        #expect(outcome.errors.contains("samples.csv:3"), "\(outcome.errors)")
    }

    // MARK: -

    private func prepared() async throws -> Scratch {
        let scratch = try Scratch()
        try scratch.write(SmallCluster.document, to: "small.json")
        try scratch.write("this,is,no,table\n1,2,3,4\n", to: "table.csv")
        let plan = try await scratch.drover(
            "plan", "evacuate", "h01", "--cluster", "small.json", "-o", "plan.json")
        try #require(plan.status == 0, "\(plan.errors)")
        return scratch
    }

    private func expect(_ wrong: Wrong) async throws {
        let scratch = try await prepared()
        let before = try scratch.names
        let outcome = try await Programs.run(Programs.drover, wrong.arguments, in: scratch.path, input: wrong.input)
        #expect(outcome.status == wrong.status, "\(outcome.errors)")
        #expect(outcome.output.isEmpty, "\(outcome.output)")
        for part in wrong.says { #expect(outcome.errors.contains(part), "\(outcome.errors)") }
        #expect(!outcome.errors.contains("Fatal error") && !outcome.errors.contains("Swift/"), "\(outcome.errors)")
        // A store that was opened for writing may be there; no document is.
        let after = try scratch.names.filter { !$0.hasPrefix("s.sqlite") }
        #expect(after == before)
    }
}
