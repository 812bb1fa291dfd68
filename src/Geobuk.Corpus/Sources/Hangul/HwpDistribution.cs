using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>
/// Distribution documents (배포용 문서), after the published description: the section begins with a record of 256 bytes that are
/// masked by a linear congruential generator seeded with their first four; in it lie a hash, whose first 16 bytes are the key
/// of AES-128-ECB for the rest, and what the author restricted. Reading is what the format is for; the restrictions travel along.
/// </summary>
internal static class HwpDistribution
{
    private const int DataBytes = 256, KeyBytes = 16, HashBytes = 80, BlockBytes = 16;
    private const int CopyBlocked = 1, PrintBlocked = 2;

    /// <summary>The section as it was before encryption; restrictions are added to <paramref name="findings"/>.</summary>
    public static ReadOnlyMemory<byte> Decrypt(ReadOnlyMemory<byte> stream, string place, List<Finding> findings)
    {
        var records = new HwpRecords(stream.Span, place);
        if (records.Tag != HwpTags.DistributionData || records.Data.Length != DataBytes)
            throw new RefusedDocumentException(RefusalReason.Damaged, $"{place}: no key record of {DataBytes} bytes; expected one in a distribution document. Ask for the original.");
        var data = Unmask(records.Data);
        var offset = 4 + (data[0] & 0xF);
        AddRestrictions(BinaryPrimitives.ReadUInt16LittleEndian(data.AsSpan(offset + HashBytes)), findings);
        var encrypted = stream.Span[(4 + DataBytes)..];
        using var aes = Aes.Create();
        aes.Key = data[offset..(offset + KeyBytes)];
        return aes.DecryptEcb(encrypted[..(encrypted.Length / BlockBytes * BlockBytes)], PaddingMode.None);
    }

    /// <summary>Masks and unmasks; the first four bytes are the seed and stay.</summary>
    internal static byte[] Unmask(ReadOnlySpan<byte> masked)
    {
        var data = masked.ToArray();
        var state = BinaryPrimitives.ReadUInt32LittleEndian(data);
        int left = 0, value = 0;
        for (var i = 0; i < data.Length; i++)
        {
            if (left == 0)
            {
                value = Next(ref state) & 0xFF;
                left = (Next(ref state) & 0xF) + 1;
            }
            if (i >= 4) data[i] ^= (byte)value;
            left--;
        }
        return data;
    }

    private static int Next(ref uint state)
    {
        state = unchecked(state * 214013 + 2531011);
        return (int)(state >> 16 & 0x7FFF);
    }

    private static void AddRestrictions(int flags, List<Finding> findings)
    {
        if (findings.Exists(finding => finding.Kind == "distribution_document")) return;
        findings.Add(Finding.OfDocument("distribution_document", "배포용 문서"));
        if ((flags & CopyBlocked) != 0) findings.Add(Finding.OfDocument("copy_restricted", "the author restricted copying"));
        if ((flags & PrintBlocked) != 0) findings.Add(Finding.OfDocument("print_restricted", "the author restricted printing"));
    }
}
