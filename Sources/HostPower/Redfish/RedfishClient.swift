internal import AsyncHTTPClient
internal import ClusterModel
internal import Documents
internal import Execution
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// JSON over HTTP to one Redfish service. A connection a call: a controller is asked once in a while, and has few to
/// give.
struct RedfishClient: Sendable {
    private static let patience = TimeAmount.seconds(20)
    private static let mostBytes = 1 << 20

    let host: String
    let address: RedfishAddress
    let account: PowerAccount

    func get(_ path: String) async throws(DriverError) -> JSONValue {
        try await call(.GET, path, body: nil)
    }

    func post(_ path: String, _ body: JSONValue) async throws(DriverError) {
        _ = try await call(.POST, path, body: JSONText.compact(body))
    }

    private func call(_ method: HTTPMethod, _ path: String, body: String?) async throws(DriverError) -> JSONValue {
        // Answers name paths; an address in one would take the password to another machine.
        guard path.hasPrefix("/"), !path.hasPrefix("//") else {
            throw failure(.invalid, "names \(path.prefix(200)), expected a path")
        }
        let client = HTTPClient(configuration: try configuration())
        let answer: Result<JSONValue, DriverError>
        do throws(DriverError) {
            answer = .success(try await call(client, method, path, body))
        } catch {
            answer = .failure(error)
        }
        do {
            try await client.shutdown()
        } catch {
            // The answer is there or is not; a connection that ends badly changes nothing about it.
        }
        return try answer.get()
    }

    private func call(
        _ client: HTTPClient, _ method: HTTPMethod, _ path: String, _ body: String?
    ) async throws(DriverError) -> JSONValue {
        var request = HTTPClientRequest(url: address.origin + path)
        request.method = method
        let secret = Data("\(account.user):\(account.password)".utf8).base64EncodedString()
        request.headers.add(name: "Authorization", value: "Basic \(secret)")
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "OData-Version", value: "4.0")
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        let status: HTTPResponseStatus
        let bytes: [UInt8]
        do {
            let response = try await client.execute(request, timeout: Self.patience)
            status = response.status
            bytes = Array(buffer: try await response.body.collect(upTo: Self.mostBytes))
        } catch {
            throw failure(.unreachable, "does not answer: \(error)")
        }
        guard (200..<300).contains(status.code) else { throw refusal(status, bytes) }
        guard !bytes.isEmpty else { return .null }
        do throws(DocumentErrors) {
            return try JSONText.read(bytes, name: path)
        } catch {
            throw failure(.invalid, "answers what is no JSON: \(error.issues.first.map { "\($0)" } ?? path)")
        }
    }

    private func configuration() throws(DriverError) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if account.trustAnyCertificate {
            tls.certificateVerification = .none
        } else if let file = account.certificateFile {
            tls.trustRoots = .file(file)
        }
        return HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: Self.patience))
    }

    private func refusal(_ status: HTTPResponseStatus, _ bytes: [UInt8]) -> DriverError {
        let text = "answers \(status.code) \(status.reasonPhrase)" + (Self.message(in: bytes).map { ": \($0)" } ?? "")
        switch status.code {
        case 401, 403: return failure(.refused, "\(text): does account \(account.name) have the right to switch it?")
        case 408, 429, 500...: return failure(.unreachable, text)
        default: return failure(.refused, text)
        }
    }

    /// The service's own words (DSP0266, "Error responses").
    private static func message(in bytes: [UInt8]) -> String? {
        do throws(DocumentErrors) {
            guard case .string(let text)? = try JSONText.read(bytes, name: "answer")["error"]?["message"] else {
                return nil
            }
            return String(text.prefix(200))
        } catch {
            return nil
        }
    }

    private func failure(_ code: DriverError.Code, _ text: String) -> DriverError {
        DriverError(code: code, message: "host \(host): the Redfish service at \(address.origin) \(text)")
    }
}

extension JSONValue {
    /// The member of an object.
    subscript(_ key: String) -> JSONValue? {
        guard case .object(let fields) = self else { return nil }
        return fields[key]
    }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var elements: [JSONValue] {
        guard case .array(let values) = self else { return [] }
        return values
    }

    var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
