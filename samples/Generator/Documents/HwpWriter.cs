using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Geobuk.Samples.Generator.Documents;

/// <summary>Writes small HWP 5 files: numbered paragraphs, tables, notes, headers, boxes; compressed, plain or as a distribution document.</summary>
public sealed class HwpWriter
{
    private readonly List<byte> _records = [];
    private readonly uint _flags, _license;

    /// <param name="compressed">Streams are deflated.</param>
    /// <param name="distribution">The text goes to ViewText, encrypted and with copying restricted.</param>
    /// <param name="extraFlags">Further flags of the file header, such as 2 for a password.</param>
    /// <param name="license">The header's second word of properties: what a licence allows.</param>
    public HwpWriter(bool compressed = true, bool distribution = false, uint extraFlags = 0, uint license = 0) => (_flags, _license) = ((compressed ? 1u : 0) | (distribution ? 4u : 0) | extraFlags, license);

    /// <summary>Paragraph shapes of <see cref="Write"/>: plain, outline levels 1 and 2, number levels 1 to 3, bullet.</summary>
    public const int Plain = 0, Outline1 = 1, Outline2 = 2, Number1 = 3, Number2 = 4, Number3 = 5, Bullet = 6;

    /// <summary>Adds a record.</summary>
    public HwpWriter Record(int tag, int level, params byte[] data)
    {
        var size = data.Length < 0xFFF ? (uint)data.Length : 0xFFF;
        _records.AddRange(U32((uint)tag | (uint)level << 10 | size << 20));
        if (size == 0xFFF) _records.AddRange(U32((uint)data.Length));
        _records.AddRange(data);
        return this;
    }

    /// <summary>Adds a paragraph; each of <paramref name="controls"/> is anchored at its end and written below it.</summary>
    public HwpWriter Paragraph(string text, int shape = Plain, int level = 0, params (int Code, string Id, Action<HwpWriter, int> Content)[] controls)
    {
        var units = new List<byte>(Encoding.Unicode.GetBytes(text));
        foreach (var (code, id, _) in controls)
        {
            units.AddRange(U16(code));
            units.AddRange(Encoding.ASCII.GetBytes(id).Reverse());
            units.AddRange(new byte[8]);
            units.AddRange(U16(code));
        }
        units.AddRange(U16(13));
        Record(66, level, [.. U32((uint)(units.Count / 2)), .. U32(0), .. U16(shape), 0, 0, .. U16(1), .. U16(0), .. U16(0), .. U32(0), .. U16(0)]);
        Record(67, level + 1, [.. units]);
        foreach (var (_, _, content) in controls) content(this, level + 1);
        return this;
    }

    /// <summary>A table of cells (row, column, row span, column span, text) for <see cref="Paragraph"/>.</summary>
    public static (int, string, Action<HwpWriter, int>) Table(int rows, int columns, params (int Row, int Column, int RowSpan, int ColumnSpan, string Text)[] cells) => (11, "tbl ", (writer, level) =>
    {
        writer.Control("tbl ", level, new byte[40]);
        writer.Record(77, level + 1, [.. U32(0), .. U16(rows), .. U16(columns), .. new byte[10]]);
        foreach (var cell in cells)
        {
            writer.Record(72, level + 1, [.. U32(1), .. U32(0), .. U16(cell.Column), .. U16(cell.Row), .. U16(cell.ColumnSpan), .. U16(cell.RowSpan), .. new byte[18]]);
            writer.Paragraph(cell.Text, Plain, level + 1);
        }
    }
    );

    /// <summary>A control with paragraphs in it, such as fn (17), head (16), gso (11) or tcmt (15).</summary>
    public static (int, string, Action<HwpWriter, int>) Container(int code, string id, params string[] paragraphs) => (code, id, (writer, level) =>
    {
        writer.Control(id, level, new byte[8]);
        writer.Record(72, level + 1, [.. U32((uint)paragraphs.Length), .. U32(0)]);
        foreach (var text in paragraphs) writer.Paragraph(text, Plain, level + 1);
    }
    );

    /// <summary>An equation.</summary>
    public static (int, string, Action<HwpWriter, int>) Equation(string script) => (11, "eqed", (writer, level) =>
    {
        writer.Control("eqed", level, new byte[40]);
        writer.Record(88, level + 1, [.. U32(0), .. U16(script.Length), .. Encoding.Unicode.GetBytes(script)]);
    }
    );

    /// <summary>The section definition that the first paragraph carries; its outline uses numbering 1.</summary>
    public static (int, string, Action<HwpWriter, int>) Section() => (2, "secd", (writer, level) => writer.Control("secd", level, [.. new byte[14], .. U16(1), .. new byte[20]]));

    /// <summary>The file.</summary>
    public byte[] Write()
    {
        var header = new byte[256];
        "HWP Document File"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(32), 0x05010001);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(36), _flags);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(40), _license);
        var section = Pack([.. _records]);
        var info = Pack(DocumentInfo());
        return (_flags & 4) == 0
            ? CompoundFileWriter.Write([("FileHeader", header), ("DocInfo", info), ("BodyText/Section0", section)])
            : CompoundFileWriter.Write([("FileHeader", header), ("DocInfo", info), ("BodyText/Section0", Pack([])), ("ViewText/Section0", Encrypt(section))]);
    }

    private void Control(string id, int level, byte[] data) => Record(71, level, [.. Encoding.ASCII.GetBytes(id).Reverse(), .. data]);

    private static byte[] DocumentInfo()
    {
        var info = new HwpWriter();
        var levels = new List<byte>();
        foreach (var (form, format) in new[] { ("^1.", 0), ("^2.", 8), ("^3)", 0), ("^4)", 8), ("(^5)", 0), ("(^6)", 8), ("^7", 1) })
            levels.AddRange([.. U32((uint)format << 5), .. new byte[8], .. U16(form.Length), .. Encoding.Unicode.GetBytes(form)]);
        info.Record(23, 0, [.. levels, .. U16(0), .. Enumerable.Repeat(U32(1), 7).SelectMany(unit => unit)]);
        info.Record(24, 0, [.. new byte[12], .. U16('●')]);
        foreach (var (kind, id, level) in new[] { (0, 0, 0), (1, 0, 0), (1, 0, 1), (2, 1, 0), (2, 1, 1), (2, 1, 2), (3, 1, 0) })
            info.Record(25, 0, [.. U32((uint)(kind << 23 | level << 25)), .. new byte[26], .. U16(id), .. new byte[22]]);
        return [.. info._records];
    }

    private byte[] Pack(byte[] stream)
    {
        if ((_flags & 1) == 0) return stream;
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal)) deflate.Write(stream);
        return packed.ToArray();
    }

    // The published scheme the other way round: the key record in clear, masked, then the section encrypted.
    private static byte[] Encrypt(byte[] section)
    {
        var data = new byte[256];
        BinaryPrimitives.WriteUInt32LittleEndian(data, 0x1234_5675);
        var offset = 4 + (data[0] & 0xF);
        Encoding.Unicode.GetBytes("0123456789ABCDEF0123456789ABCDEF01234567").CopyTo(data, offset);
        data[offset + 80] = 3;
        var key = data[offset..(offset + 16)];
        var state = BinaryPrimitives.ReadUInt32LittleEndian(data);
        int Next()
        {
            state = unchecked(state * 214013 + 2531011);
            return (int)(state >> 16 & 0x7FFF);
        }
        for (int i = 0, left = 0, value = 0; i < data.Length; i++, left--)
        {
            if (left == 0)
            {
                value = Next() & 0xFF;
                left = (Next() & 0xF) + 1;
            }
            if (i >= 4) data[i] ^= (byte)value;
        }
        using var aes = Aes.Create();
        aes.Key = key;
        var padded = new byte[(section.Length + 15) / 16 * 16];
        section.CopyTo(padded, 0);
        return [.. U32(28u | 256u << 20), .. data, .. aes.EncryptEcb(padded, PaddingMode.None)];
    }

    private static byte[] U16(int value) => [(byte)(value & 0xFF), (byte)(value >> 8 & 0xFF)];

    private static byte[] U32(uint value) => [(byte)(value & 0xFF), (byte)(value >> 8 & 0xFF), (byte)(value >> 16 & 0xFF), (byte)(value >> 24)];
}
