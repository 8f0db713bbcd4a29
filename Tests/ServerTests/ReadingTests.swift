import AgentWire
import ClusterModel
import Documents
import Store
import TestSupport
import Testing

/// What the server tells, and to whom.
@Suite struct ReadingTests {
    private static let token = "an-operator-token-of-enough-length"
    private static let lab = Cluster.cluster(
        hosts: [.host("h01"), .host("h02", state: .standby)], vms: [.vm("vm7", on: "h01")])

    /// A server with an inventory and a plan.
    private func withInventory(
        operatorToken: String? = nil, _ body: @escaping @Sendable (RunningServer) async throws -> Void
    ) async throws {
        try await RunningServer.with(operatorToken: operatorToken) { server in
            let stored = try server.store.cluster(named: "lab")
            try stored.setInventory(Self.lab)
            try stored.keepSnapshot(digest: "d", takenAt: .testMoment, document: ClusterDocument.write(Self.lab))
            try stored.keepPlan(
                id: "p1", createdAt: .testMoment, snapshot: "d", document: "{\"format\":\"drover.plan/1\"}")
            try await body(server)
        }
    }

    @Test func tellsOfInventoryPlansAndCapacity() async throws {
        try await withInventory { server in
            #expect(try await server.client.get("/v1/clusters").body == "{\"clusters\":[\"lab\"]}\n")
            let document = try await server.client.get("/v1/clusters/lab")
            #expect(document.status == 200)
            let cluster = try ClusterDocument.read(Array(document.body.utf8), name: "answer").value
            #expect(cluster.hosts.map(\.id) == ["h01", "h02"])
            #expect(cluster.vms.map(\.id) == ["vm7"])
            let plans = try await server.client.get("/v1/clusters/lab/plans").body
            #expect(plans.contains("\"id\":\"p1\"") && plans.contains("\"state\":\"proposed\""))
            let plan = try await server.client.get("/v1/plans/p1").body
            #expect(plan.contains("\"plan\":{\"format\":\"drover.plan/1\"}"))
            let capacity = try await server.client.get("/v1/clusters/lab/reports/capacity?size=vcpus=1,memory=4GiB")
            #expect(capacity.status == 200)
            #expect(throws: Never.self) { try JSONText.read(Array(capacity.body.utf8), name: "answer") }
        }
    }

    @Test(arguments: [
        "/v1/clusters/nowhere", "/v1/clusters/nowhere/plans", "/v1/clusters/nowhere/reports/capacity", "/v1/plans/p2",
        "/v2/anything",
    ])
    func saysWhatIsNotThere(_ path: String) async throws {
        try await withInventory { server in
            let status = try await server.client.get(path).status
            #expect(status == 404)
        }
    }

    @Test func refusesASizeThatIsNone() async throws {
        try await withInventory { server in
            let answer = try await server.client.get("/v1/clusters/lab/reports/capacity?size=large")
            #expect(answer.status == 400)
            #expect(answer.body.contains("large"))
        }
    }

    @Test(arguments: [
        "/v1/clusters", "/v1/clusters/lab", "/v1/clusters/lab/plans", "/v1/plans/p1",
        "/v1/clusters/lab/reports/capacity", "/metrics",
    ])
    func asksForTheOperatorsToken(_ path: String) async throws {
        try await withInventory(operatorToken: Self.token) { server in
            let without = try await server.client.get(path).status
            #expect(without == 401)
            #expect(try await server.client.get(path, token: "a-wrong-token-of-enough-length").status == 401)
            #expect(try await server.client.get(path, token: Self.token).status == 200)
            #expect(try await server.client.get("/health").status == 200)
        }
    }

    @Test func countsForPrometheus() async throws {
        try await withInventory(operatorToken: Self.token) { server in
            _ = try await server.client.post("/v1/samples", try Batches.batch().encoded())
            _ = try await server.client.post("/v1/samples", Array("hello".utf8))
            let page = try await server.client.get("/metrics", token: Self.token)
            #expect(page.head.contains("text/plain; version=0.0.4"))
            for line in [
                "drover_batches_total{outcome=\"accepted\"} 1", "drover_samples_total{outcome=\"stored\"} 6",
                "drover_batches_total{outcome=\"refused\",reason=\"malformed\"} 1",
                "drover_hosts{cluster=\"lab\",state=\"on\"} 1", "drover_vms{cluster=\"lab\"} 1",
                "drover_plans{cluster=\"lab\",state=\"proposed\"} 1", "drover_http_requests_total{status=\"200\"} 1",
            ] {
                #expect(page.body.contains(line + "\n"), "\(line) is not in\n\(page.body)")
            }
            #expect(!page.body.contains(Self.token))
        }
    }
}
