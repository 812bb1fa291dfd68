using System.Buffers.Binary;
using System.Globalization;
using Geobuk.Corpus.Sources.Containers;

namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>
/// HWP 5, after the format's published description. 본 제품은 한글과컴퓨터의 한글 문서 파일(.hwp) 공개 문서를 참고하여 개발하였습니다.
/// </summary>
internal static class HwpReader
{
    private const int HeaderBytes = 256, MostSections = 4096;
    private const uint Compressed = 1, Password = 1 << 1, Distribution = 1 << 2, RightsManaged = 1 << 4, CertificateEncrypted = 1 << 8, CertificateRights = 1 << 10, CreativeCommons = 1 << 11, Kogl = 1 << 15;
    // Of the second word of properties.
    private const uint Licensed = 1, CopiesForbidden = 1 << 1, ShareAlike = 1 << 2;

    /// <summary>Reads a document.</summary>
    public static SourceDocument Parse(byte[] bytes, SourceFile file)
    {
        var compound = new CompoundFile(bytes, file.Path);
        var content = new HangulContent();
        var flags = ReadHeader(compound, file.Path, content);
        var budget = new UnpackBudget(file.Path, bytes.Length);
        var info = new HwpDocumentInfo(Unpack(compound.Read("DocInfo"), flags, budget, "DocInfo").Span, $"{file.Path}: DocInfo", content);
        var folder = (flags & Distribution) != 0 ? "ViewText" : "BodyText";
        foreach (var name in Sections(compound, folder))
        {
            var stream = compound.Read(name);
            if ((flags & Distribution) != 0) stream = HwpDistribution.Decrypt(stream, $"{file.Path}: {name}", content.Findings);
            content.Sections.Add(new HwpSectionReader(info, $"{file.Path}: {name}").Read(Unpack(stream, flags, budget, name).Span));
        }
        if (content.Sections.Count == 0) throw compound.Damaged($"no section in {folder}; expected at least one");
        return HangulComposer.Compose(content, file, "hwp", bytes.Length);
    }

    private static uint ReadHeader(CompoundFile compound, string path, HangulContent content)
    {
        if (!compound.Contains("FileHeader"))
            throw new RefusedDocumentException(RefusalReason.WrongExtension, $"{path}: a compound file without the stream FileHeader; expected HWP 5. Give it the extension of what it is.");
        var header = compound.Read("FileHeader").Span;
        if (header.Length < HeaderBytes || !header.StartsWith("HWP Document File"u8)) throw compound.Damaged("a FileHeader that does not begin with 'HWP Document File'; expected it to");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(header[32..]);
        if (version >> 24 != 5) throw new RefusedDocumentException(RefusalReason.UnsupportedFormat, $"{path}: HWP version {version >> 24}; expected 5. Save it again in a newer word processor.");
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(header[36..]);
        if ((flags & (Password | CertificateEncrypted)) != 0)
            throw new RefusedDocumentException(RefusalReason.Encrypted, $"{path}: encrypted with a {((flags & Password) != 0 ? "password" : "certificate")}; expected an open document. Save it without protection.");
        if ((flags & (RightsManaged | CertificateRights)) != 0)
            throw new RefusedDocumentException(RefusalReason.Drm, $"{path}: under rights management; expected an open document. Ask its owner for one.");
        content.LicenseMark = MarkOf(flags, BinaryPrimitives.ReadUInt32LittleEndian(header[40..]));
        return flags;
    }

    private static LicenseMark? MarkOf(uint flags, uint license) =>
        (flags & (CreativeCommons | Kogl)) == 0 && (license & Licensed) == 0 ? null : new LicenseMark((flags & Kogl) != 0, (license & CopiesForbidden) != 0, (license & ShareAlike) != 0);

    private static IEnumerable<string> Sections(CompoundFile compound, string folder) => compound.Names
        .Where(name => name.StartsWith($"{folder}/Section", StringComparison.Ordinal))
        .Select(name => (Name: name, Number: int.TryParse(name.AsSpan(folder.Length + "/Section".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1))
        .Where(section => section.Number >= 0).OrderBy(section => section.Number).Take(MostSections).Select(section => section.Name);

    private static ReadOnlyMemory<byte> Unpack(ReadOnlyMemory<byte> stream, uint flags, UnpackBudget budget, string name) =>
        (flags & Compressed) == 0 ? stream : Inflater.Raw(stream, budget, name);
}
