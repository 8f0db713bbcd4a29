import AgentWire
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A server on 127.0.0.1 that takes batches as `drover serve` does, and misbehaves when told to.
final class TestServer: Sendable {
    enum Mode: Sendable {
        case accept
        case answer(status: Int)
        /// Takes the batch, but the connection breaks before the answer.
        case takeAndBreak
        /// Breaks before anything is taken.
        case breakOff
        case silent
    }

    struct Received: Sendable {
        /// How often each batch came.
        var arrivals: [BatchIdentity: Int] = [:]
        /// Each batch once, in the order of arrival: what a store that knows identities keeps.
        var batches: [SampleBatch] = []
        var authorizations: Set<String> = []
        var requests = 0
    }

    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let state = Mutex((mode: Mode.accept, received: Received()))
    private let channel = Mutex<(any Channel)?>(nil)

    var received: Received { state.withLock { $0.received } }
    var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }

    func set(_ mode: Mode) { state.withLock { $0.mode = mode } }

    func start(port: Int = 0, tls: NIOSSLContext? = nil) async throws {
        let bound = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [self] child in
                child.eventLoop.makeCompletedFuture {
                    if let tls { try child.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try child.pipeline.syncOperations.configureHTTPServerPipeline()
                    try child.pipeline.syncOperations.addHandler(RequestHandler(server: self))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        channel.withLock { $0 = bound }
    }

    func stop() async throws {
        try await channel.withLock { channel in
            defer { channel = nil }
            return channel
        }?.close()
    }

    /// What to answer to a batch; `nil`: nothing.
    fileprivate func take(_ bytes: [UInt8], authorization: String) -> (mode: Mode, status: Int) {
        state.withLock { state in
            state.received.requests += 1
            state.received.authorizations.insert(authorization)
            switch state.mode {
            case .answer(let status): return (state.mode, status)
            case .breakOff, .silent: return (state.mode, 0)
            case .accept, .takeAndBreak:
                guard let batch = try? SampleBatch(decoding: bytes) else { return (.answer(status: 400), 400) }
                state.received.arrivals[batch.identity, default: 0] += 1
                if state.received.arrivals[batch.identity] == 1 { state.received.batches.append(batch) }
                return (state.mode, 204)
            }
        }
    }
}

private final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: TestServer
    private var body: [UInt8] = []
    private var authorization = ""
    private var isRight = false

    init(server: TestServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            body = []
            authorization = head.headers.first(name: "Authorization") ?? ""
            isRight =
                head.method == .POST && head.uri == "/v1/samples"
                && head.headers.first(name: "Content-Type") == "application/x-protobuf"
        case .body(let part): body += part.readableBytesView
        case .end:
            let (mode, status) = server.take(body, authorization: authorization)
            switch mode {
            case .silent: return
            case .breakOff, .takeAndBreak: context.close(promise: nil)
            case .accept, .answer: answer(isRight ? status : 404, context: context)
            }
        }
    }

    private func answer(_ status: Int, context: ChannelHandlerContext) {
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: ["Content-Length": "0"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
