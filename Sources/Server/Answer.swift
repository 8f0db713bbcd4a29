import ClusterModel
import Documents
import HTTPTypes
import Hummingbird
import NIOCore

/// What a use case answers, before it is HTTP.
struct Answer: Sendable {
    var status: HTTPResponse.Status
    var contentType: String
    var text: String
    var retryAfterSeconds: Int?

    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Answer {
        Answer(status: status, contentType: "application/json", text: JSONText.compact(value) + "\n")
    }

    /// JSON that is written already.
    static func json(text: String) -> Answer {
        Answer(status: .ok, contentType: "application/json", text: text)
    }

    static func text(_ text: String, contentType: String = "text/plain; charset=utf-8") -> Answer {
        Answer(status: .ok, contentType: contentType, text: text)
    }

    /// `{"error": "..."}`
    static func refusal(_ status: HTTPResponse.Status, _ reason: String, retryAfterSeconds: Int? = nil) -> Answer {
        var answer = json(.object(fields: ["error": .string(value: reason)]), status: status)
        answer.retryAfterSeconds = retryAfterSeconds
        return answer
    }

    var response: Response {
        var headers: HTTPFields = [.contentType: contentType, .cacheControl: "no-store"]
        if let retryAfterSeconds { headers[.retryAfter] = String(retryAfterSeconds) }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
