namespace Geobuk.Models.Tests.Malformed;

/// <summary>Asserts that a hostile file is refused as it must be: typed, with its name and the trouble, and cheaply.</summary>
internal static class Refusal
{
    public const long MostBytes = 8 << 20;

    /// <summary>Runs a reader that must refuse.</summary>
    /// <param name="place">What the message must begin with.</param>
    /// <param name="words">What it must say.</param>
    /// <param name="read">The reader.</param>
    public static UserInputException Expect(string place, string words, Action read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var fault = Assert.Throws<UserInputException>(read);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.StartsWith(place + ":", fault.Message, StringComparison.Ordinal);
        Assert.Contains(words, fault.Message);
        Assert.Contains("; expected ", fault.Message);
        Assert.InRange(allocated, 0, MostBytes);
        return fault;
    }
}
