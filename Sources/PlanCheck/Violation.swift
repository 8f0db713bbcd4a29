/// One way in which a plan does not keep what it promises.
public struct Violation: Sendable, Hashable {
    /// What is broken.
    public var promise: Promise
    /// The step at fault, when one is.
    public var step: String?
    public var host: String?
    public var vm: String?
    public var rule: String?
    public var resource: Resource?
    /// A sentence with the numbers, for the operator.
    public var message: String

    public init(
        promise: Promise, step: String? = nil, host: String? = nil, vm: String? = nil, rule: String? = nil,
        resource: Resource? = nil, message: String
    ) {
        self.promise = promise
        self.step = step
        self.host = host
        self.vm = vm
        self.rule = rule
        self.resource = resource
        self.message = message
    }

    /// What a host can run out of.
    public enum Resource: String, Sendable, Hashable, CaseIterable {
        case cpu, memory, disk, network, localDisk
    }
}

extension Violation: CustomStringConvertible {
    public var description: String {
        let place = step.map { "step \($0): " } ?? ""
        return "\(promise.rawValue): \(place)\(message)"
    }
}
