/// Square roots of four numbers at once, to about five millionths; 0 for what is negative.
///
/// A first guess from the bits of the number and two steps of Newton's for its inverse root (Lomont, "Fast Inverse
/// Square Root", 2003): only additions, multiplications and shifts, which are done four at a time and are the same on
/// every machine. The standard library takes the roots of a vector one by one.
enum QuickRoot {
    @inline(__always)
    static func of(_ value: SIMD4<Float>) -> SIMD4<Float> {
        let signed = SIMD4<Int32>(truncatingIfNeeded: unsafeBitCast(value, to: SIMD4<UInt32>.self))
        let bits = signed & ~(signed &>> 31)
        let number = unsafeBitCast(bits, to: SIMD4<Float>.self)
        var inverse = unsafeBitCast(SIMD4<Int32>(repeating: 0x5F37_5A86) &- (bits &>> 1), to: SIMD4<Float>.self)
        let half = number * 0.5
        inverse *= 1.5 - half * inverse * inverse
        inverse *= 1.5 - half * inverse * inverse
        return number * inverse
    }
}
