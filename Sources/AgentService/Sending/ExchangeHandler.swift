import NIOCore
import NIOHTTP1

/// A request on its way, with the promise of its answer.
struct HTTPExchange: Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer
    let answer: EventLoopPromise<HTTPAnswer>
}

enum ExchangeError: Error {
    case closedByServer
    case answerTooLong
    case timedOut
    case busy
}

/// One request at a time on a connection: writes it, gathers the answer, keeps the promise in every case.
final class ExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPExchange
    typealias OutboundOut = HTTPClientRequestPart

    /// A reason needs no more; the rest of a longer body is read and thrown away, up to `maxBodyBytes`.
    private static let keptBodyBytes = 512
    private static let maxBodyBytes = 1 << 20

    private enum State {
        case idle
        case waiting(answer: EventLoopPromise<HTTPAnswer>)
        case reading(answer: EventLoopPromise<HTTPAnswer>, head: HTTPResponseHead, kept: [UInt8], byteCount: Int)
        case failed(error: any Error)
    }

    private var state = State.idle

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        switch state {
        case .idle:
            state = .waiting(answer: exchange.answer)
            context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(exchange.body))), promise: nil)
            context.write(wrapOutboundOut(.end(nil)), promise: promise)
        case .failed(let error):
            exchange.answer.fail(error)
            promise?.fail(error)
        case .waiting, .reading:
            exchange.answer.fail(ExchangeError.busy)
            promise?.fail(ExchangeError.busy)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), .waiting(let answer)):
            state = .reading(answer: answer, head: head, kept: [], byteCount: 0)
        case (.body(let part), .reading(let answer, let head, let kept, let byteCount)):
            let room = max(0, Self.keptBodyBytes - kept.count)
            let total = byteCount + part.readableBytes
            state = .reading(
                answer: answer, head: head, kept: kept + part.readableBytesView.prefix(room), byteCount: total)
            if total > Self.maxBodyBytes { fail(ExchangeError.answerTooLong, context: context) }
        case (.end, .reading(let answer, let head, let kept, _)):
            state = .idle
            answer.succeed(
                HTTPAnswer(
                    status: Int(head.status.code),
                    retryAfterSeconds: head.headers.first(name: "Retry-After").flatMap { Int($0) },
                    bodyStart: kept))
            if !head.isKeepAlive { context.close(promise: nil) }
        default:
            // An answer that nobody asked for.
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(ExchangeError.closedByServer, context: context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error, context: context)
    }

    private func fail(_ error: any Error, context: ChannelHandlerContext) {
        switch state {
        case .waiting(let answer), .reading(let answer, _, _, _): answer.fail(error)
        case .failed: return
        case .idle: break
        }
        state = .failed(error: error)
        context.close(promise: nil)
    }
}
