import AgentWire
import ClusterModel
import HTTPTypes
import Store

/// Takes one batch in: decodes it under a cap, checks whose it is, stores it exactly once.
struct SampleIntake: Sendable {
    let store: StoreFile
    let tokens: Tokens
    let metrics: ServerMetrics
    let defaultCluster: String?
    let wallClock: @Sendable () -> Timestamp

    /// - Parameter token: what the sender showed.
    func take(_ body: [UInt8], token: String?) -> Answer {
        var sender: String?
        if tokens.hosts != nil {
            guard let token, let host = tokens.host(showing: token) else {
                return refused("token", .unauthorized, "a host's token is needed to send samples")
            }
            sender = host
        }
        do throws(WireError) {
            return take(try SampleBatch(decoding: body), from: sender)
        } catch {
            let status: HTTPResponse.Status = error.code == .bodyTooLarge ? .contentTooLarge : .badRequest
            return refused(error.code.rawValue, status, "batch refused: \(error.message)")
        }
    }

    private func take(_ batch: SampleBatch, from sender: String?) -> Answer {
        if let sender, sender != batch.host {
            let reason = "this token is host '\(sender)''s and may not write samples of host '\(batch.host)'"
            return refused("host", .forbidden, reason)
        }
        let name = batch.cluster ?? defaultCluster
        do {
            let cluster = try name.map { try store.cluster(named: $0) } ?? store.onlyCluster()
            let result = try cluster.ingest(batch, receivedAt: wallClock())
            metrics.took(result)
            return .json(
                .object(fields: [
                    "accepted": .integer(value: Int64(result.stored)), "duplicate": .bool(value: result.wasKnown),
                    "repeated": .integer(value: Int64(result.repeated)),
                    "dropped": .integer(value: Int64(result.tooOld + result.ahead)),
                ]))
        } catch let error as StoreError {
            switch error.code {
            case .unknown: return refused("cluster", .notFound, error.message)
            case .invalid: return refused("invalid", .badRequest, "batch refused: \(error.message)")
            default: return refused("store", .serviceUnavailable, error.message, retryAfterSeconds: 5)
            }
        } catch {
            return refused("store", .serviceUnavailable, "\(error)", retryAfterSeconds: 5)
        }
    }

    private func refused(
        _ label: String, _ status: HTTPResponse.Status, _ reason: String, retryAfterSeconds: Int? = nil
    ) -> Answer {
        metrics.refused(label)
        return .refusal(status, reason, retryAfterSeconds: retryAfterSeconds)
    }
}
