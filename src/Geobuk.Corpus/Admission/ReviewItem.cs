using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Admission;

/// <summary>Names what a reviewer looks at, so that a decision holds for exactly that.</summary>
public static class ReviewItem
{
    /// <summary>SHA-256 over the reason, the text as it was read, and every finding, hexadecimal.</summary>
    public static string Of(string reason, string text, IReadOnlyList<Finding> findings)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, reason);
        Append(hash, text);
        foreach (var finding in findings)
        {
            Append(hash, finding.Kind);
            Append(hash, finding.Detail);
            Append(hash, finding.Start, finding.Length);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Append(hash, bytes.Length, 0);
        hash.AppendData(bytes);
    }

    // Lengths go first, so that no two lists of texts read alike.
    private static void Append(IncrementalHash hash, int first, int second)
    {
        Span<byte> numbers = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(numbers, first);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[4..], second);
        hash.AppendData(numbers);
    }
}
