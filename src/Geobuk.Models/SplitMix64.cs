namespace Geobuk.Models;

/// <summary>
/// The mixing function of SplitMix64 (Steele, Lea and Flood 2014, with Stafford's constants): 64 bits to 64 bits, one to one, every bit
/// of the result depending on every bit of the argument. Hashing a counter with it gives random numbers that need no state.
/// </summary>
public static class SplitMix64
{
    /// <summary>Steps of this size, 2^64 over the golden ratio, make a sequence whose mixed members are SplitMix64's output.</summary>
    public const ulong Increment = 0x9E3779B97F4A7C15;

    /// <summary>The mixed bits of a value.</summary>
    public static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9;
            value = (value ^ value >> 27) * 0x94D049BB133111EB;
            return value ^ value >> 31;
        }
    }
}
