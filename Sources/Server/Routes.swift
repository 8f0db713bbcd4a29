import ClusterModel
import HTTPTypes
import Hummingbird
import NIOCore
import Store

/// The paths of the server: each handler decodes, calls a use case and encodes.
struct Routes: Sendable {
    /// A batch is at most 1 MiB: what the decoder allows too.
    static let largestBodyBytes = 1 << 20

    let intake: SampleIntake
    let reading: ReadInterface
    let tokens: Tokens
    let metrics: ServerMetrics
    private let writer = WorkQueue("writer", isSerial: true)
    private let readers = WorkQueue("readers", isSerial: false)

    init(intake: SampleIntake, reading: ReadInterface, tokens: Tokens, metrics: ServerMetrics) {
        self.intake = intake
        self.reading = reading
        self.tokens = tokens
        self.metrics = metrics
    }

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.post("/v1/samples") { request, _ in await samples(request) }
        router.get("/health") { _, _ in await answered { try reading.health() } }
        router.get("/metrics") { request, _ in await read(request) { try reading.metricsPage() } }
        router.get("/v1/clusters") { request, _ in await read(request) { try reading.clusters() } }
        router.get("/v1/clusters/:name") { request, context in
            let name = context.parameters.get("name") ?? ""
            return await read(request) { try reading.cluster(name) }
        }
        router.get("/v1/clusters/:name/plans") { request, context in
            let name = context.parameters.get("name") ?? ""
            return await read(request) { try reading.plans(of: name) }
        }
        router.get("/v1/clusters/:name/reports/capacity") { request, context in
            let name = context.parameters.get("name") ?? ""
            let size = request.uri.queryParameters.get("size")
            return await read(request) { try reading.capacity(of: name, size: size) }
        }
        router.get("/v1/plans/:id") { request, context in
            let id = context.parameters.get("id") ?? ""
            return await read(request) { try reading.plan(id) }
        }
        return router
    }

    private func samples(_ request: Request) async -> Response {
        guard request.headers[.contentType]?.hasPrefix("application/x-protobuf") == true else {
            return counted(.refusal(.unsupportedMediaType, "samples are sent as application/x-protobuf"))
        }
        let token = Self.bearer(request)
        let body: [UInt8]
        do {
            let buffer = try await request.body.collect(upTo: Self.largestBodyBytes)
            body = Array(buffer: buffer)
        } catch is NIOTooManyBytesError {
            metrics.refused("bodyTooLarge")
            return counted(.refusal(.contentTooLarge, "a batch has at most \(Self.largestBodyBytes) bytes"))
        } catch {
            return counted(.refusal(.badRequest, "the body did not arrive: \(error)"))
        }
        do {
            return counted(try await writer.run { intake.take(body, token: token) })
        } catch {
            return counted(.refusal(.internalServerError, "\(error)"))
        }
    }

    /// A reading path: shows nothing without the operator's token, where one is needed.
    private func read(_ request: Request, _ body: @escaping @Sendable () throws -> Answer) async -> Response {
        guard tokens.isOperator(showing: Self.bearer(request)) else {
            return counted(.refusal(.unauthorized, "the operator's token is needed to read"))
        }
        return await answered(body)
    }

    private func answered(_ body: @escaping @Sendable () throws -> Answer) async -> Response {
        do {
            return counted(try await readers.run(body))
        } catch let error as StoreError where error.code == .unknown {
            return counted(.refusal(.notFound, error.message))
        } catch {
            return counted(.refusal(.internalServerError, "\(error)"))
        }
    }

    private func counted(_ answer: Answer) -> Response {
        metrics.answered(status: answer.status.code)
        return answer.response
    }

    private static func bearer(_ request: Request) -> String? {
        guard let value = request.headers[.authorization], value.lowercased().hasPrefix("bearer ") else { return nil }
        return String(value.dropFirst(7))
    }
}
