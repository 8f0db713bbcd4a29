import AgentWire
import ClusterModel
import Forecasting
import Store
import TestSupport
import Testing

/// What happens to a batch, by its content and by whose token comes with it.
@Suite struct IntakeTests {
    private static let secret = "0123456789abcdef0123456789abcdef"
    private static let other = "fedcba9876543210fedcba9876543210"

    @Test func storesABatchOnce() async throws {
        try await RunningServer.with { server in
            let body = try Batches.batch().encoded()
            let first = try await server.client.post("/v1/samples", body)
            #expect(first.status == 200)
            #expect(first.body == "{\"accepted\":6,\"dropped\":0,\"duplicate\":false,\"repeated\":0}\n")
            let second = try await server.client.post("/v1/samples", body)
            #expect(second.status == 200)
            #expect(second.body == "{\"accepted\":0,\"dropped\":0,\"duplicate\":true,\"repeated\":0}\n")
            let stored = try server.store.cluster(named: "lab")
            let latest = try stored.latestSamples(of: .vm)
            #expect(latest["vm7"]?.at == .testMoment)
            #expect(latest["vm7"]?.values[.cpuCores] == 1.5)
        }
    }

    struct Refused: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var body: [UInt8] = []
        var contentType = "application/x-protobuf"
        var token: String?
        let status: Int
        let says: String
    }

    @Test(arguments: [
        Refused(
            testDescription: "garbage", body: Array("hello".utf8), token: secret, status: 400, says: "batch refused"),
        Refused(testDescription: "nothing", body: [], token: secret, status: 400, says: "batch refused"),
        Refused(
            testDescription: "a body above 1 MiB", body: [UInt8](repeating: 0, count: (1 << 20) + 1), token: secret,
            status: 413, says: "at most 1048576 bytes"),
        Refused(
            testDescription: "1 MiB that unfolds", body: [UInt8](repeating: 0, count: 1 << 19).flatMap { [0x3A, $0] },
            token: secret, status: 400, says: "batch refused"),
        Refused(
            testDescription: "JSON", body: Array("{}".utf8), contentType: "application/json", token: secret,
            status: 415,
            says: "application/x-protobuf"),
        Refused(testDescription: "no token", body: good, status: 401, says: "token is needed"),
        Refused(testDescription: "a wrong token", body: good, token: other, status: 401, says: "token is needed"),
        Refused(
            testDescription: "half a token", body: good, token: String(secret.prefix(16)), status: 401,
            says: "token is needed"),
        Refused(
            testDescription: "another host's samples", body: alien, token: secret, status: 403,
            says: "may not write samples of host 'h02'"),
        Refused(
            testDescription: "a cluster that is not there", body: strayed, token: secret, status: 404,
            says: "no cluster \\\"elsewhere\\\""),
    ])
    func refusesWholeWithAReason(_ refused: Refused) async throws {
        try await RunningServer.with(tokens: ["h01": Self.secret]) { server in
            let answer = try await server.client.post(
                "/v1/samples", refused.body, contentType: refused.contentType, token: refused.token)
            #expect(answer.status == refused.status)
            #expect(answer.body.contains(refused.says), "\(answer.body)")
            #expect(!answer.body.contains(Self.secret))
            #expect(try server.store.cluster(named: "lab").newestSampleTime() == nil)
            // And the right one still gets in.
            let right = try await server.client.post("/v1/samples", Self.good, token: Self.secret)
            #expect(right.status == 200)
        }
    }

    @Test func batchesGoToTheClusterThatTheyName() async throws {
        try await RunningServer.with(clusters: ["lab", "field"]) { server in
            let body = try Batches.batch(cluster: "field").encoded()
            #expect(try await server.client.post("/v1/samples", body).status == 200)
            #expect(try server.store.cluster(named: "field").newestSampleTime() == .testMoment)
            #expect(try server.store.cluster(named: "lab").newestSampleTime() == nil)
            // One that names none cannot be guessed among two.
            let unnamed = try Batches.batch(sequence: 2).encoded()
            #expect(try await server.client.post("/v1/samples", unnamed).status == 404)
        }
    }

    private static let good = encoded(Batches.batch())
    private static let alien = encoded(Batches.batch(host: "h02"))
    private static let strayed = encoded(Batches.batch(cluster: "elsewhere"))

    private static func encoded(_ batch: SampleBatch) -> [UInt8] {
        do { return try batch.encoded() } catch { return [] }
    }
}
