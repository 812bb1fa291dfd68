using System.Buffers.Binary;
using System.Globalization;
using Geobuk.Corpus.Sources.Containers;
using Parquet;
using Parquet.Schema;

namespace Geobuk.Corpus.Sources.Tabular;

/// <summary>Parquet: the columns of text, numbers and dates, one row group at a time; rows become documents as those of CSV.</summary>
internal static class ParquetFileReader
{
    private const int RowsPerDocument = 200;
    private const long MostRowsInGroup = 4_000_000;
    // DataPageHeaderV2 in a PageHeader.
    private const int SecondFormHeader = 8;
    // Its field that says whether the values are packed; missing means yes.
    private const int IsCompressed = 7;

    /// <summary>Reads a file's documents.</summary>
    public static IEnumerable<SourceDocument> Read(SourceFile file) => TabularDocuments.Of(file, "parquet", Rows(file), RowsPerDocument);

    /// <summary>Reads one document again.</summary>
    public static SourceDocument ReadAt(SourceFile file, DocumentLocation location) => Read(file).First(document => document.Location.Line == location.Line);

    private static IEnumerable<(int Line, List<string> Fields)> Rows(SourceFile file)
    {
        var bytes = FileContent.ReadWhole(file.Path);
        using var stream = new MemoryStream(bytes, writable: false);
        var budget = new UnpackBudget(file.Path, bytes.Length);
        var reader = Guard(file.Path, () =>
        {
            CheckFooter(bytes);
            return ParquetReader.CreateAsync(stream).GetAwaiter().GetResult();
        });
        try
        {
            var fields = Guard(file.Path, () => reader.Schema.GetDataFields().Where(field => field.MaxRepetitionLevel == 0 && IsRead(field)).ToArray());
            yield return (1, [.. fields.Select(field => field.Name)]);
            var line = 2;
            for (var group = 0; group < reader.RowGroupCount; group++)
            {
                var columns = Guard(file.Path, () =>
                {
                    CheckPages(reader, group, bytes, budget);
                    return ReadGroup(reader, group, fields, file.Path, bytes.Length);
                });
                var count = columns.Length == 0 ? 0 : columns.Min(column => column.Length);
                for (var row = 0; row < count; row++) yield return (line++, [.. columns.Select(column => column[row])]);
            }
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    // The library takes memory for what the file claims; the claims are checked first.
    private static void CheckFooter(byte[] bytes)
    {
        if (bytes.Length < 12 || !bytes.AsSpan(bytes.Length - 4).SequenceEqual("PAR1"u8)) throw new InvalidDataException("no PAR1 at the end");
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(bytes.Length - 8));
        if (length < 1 || length > bytes.Length - 12) throw new InvalidDataException($"metadata of {length} bytes in a file of {bytes.Length}");
        new ThriftCheck(bytes.AsSpan(bytes.Length - 8 - length, length)).Struct();
    }

    private static void CheckPages(ParquetReader reader, int group, byte[] bytes, UnpackBudget budget)
    {
        Span<long> numbers = stackalloc long[4], second = stackalloc long[8];
        foreach (var chunk in reader.Metadata!.RowGroups[group].Columns)
        {
            if (chunk.MetaData is not { } column) throw new InvalidDataException("a column without metadata");
            var at = column.DictionaryPageOffset is > 0 and var dictionary ? Math.Min(dictionary, column.DataPageOffset) : column.DataPageOffset;
            long left = column.NumValues;
            if (left < 0 || left > MostRowsInGroup) throw new InvalidDataException($"a column of {left} values");
            for (var end = Math.Min(bytes.Length, at + Math.Clamp(column.TotalCompressedSize, 0, bytes.Length)); at >= 4 && at < end;)
            {
                numbers.Clear();
                second.Clear();
                second[IsCompressed] = 1;
                var header = new ThriftCheck(bytes.AsSpan((int)at, bytes.Length - (int)at));
                header.Struct(numbers, inner: SecondFormHeader, innerNumbers: second);
                // Fields 2 and 3: bytes unpacked and packed.
                if (numbers[2] < 0 || numbers[3] < 0 || numbers[3] > bytes.Length) throw new InvalidDataException($"a page of {numbers[3]} bytes that unpacks to {numbers[2]}");
                budget.Take(numbers[2], "a page");
                at += header.Position;
                // In pages of the second form the levels (fields 5 and 6) stand before what is packed, if it is.
                var levels = second[5] + second[6];
                if (levels < 0 || levels > numbers[3] || at + numbers[3] > bytes.Length) throw new InvalidDataException($"a page of {numbers[3]} bytes, {levels} of them levels, at {at} in a file of {bytes.Length}");
                if (column.Codec == Parquet.Meta.CompressionCodec.SNAPPY && second[IsCompressed] == 1) CheckSnappy(bytes.AsSpan((int)(at + levels), (int)(numbers[3] - levels)), numbers[2]);
                at += numbers[3];
            }
        }
    }

    /// <summary>Snappy's own claim of what a block unpacks to, a number before it, must not be more than the page's.</summary>
    private static void CheckSnappy(ReadOnlySpan<byte> block, long unpacked)
    {
        if (block.IsEmpty) return;
        var claim = new ThriftCheck(block).Varint();
        if (claim > (ulong)unpacked) throw new InvalidDataException($"a Snappy block of {claim} bytes in a page that unpacks to {unpacked}");
    }

    private static string[][] ReadGroup(ParquetReader reader, int group, DataField[] fields, string path, long fileBytes)
    {
        using var rows = reader.OpenRowGroupReader(group);
        if (rows.RowCount is < 0 or > MostRowsInGroup || rows.RowCount > fileBytes * ReadLimits.UnpackRatio)
            throw new RefusedDocumentException(RefusalReason.TooLarge, $"{path}: a row group of {rows.RowCount} rows in a file of {fileBytes} bytes; expected at most {MostRowsInGroup}. Do not use it.");
        return [.. fields.Select(field => ReadColumn(rows, field))];
    }

    private static bool IsRead(DataField field) => field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>) || field.ClrType == typeof(int) || field.ClrType == typeof(long)
        || field.ClrType == typeof(double) || field.ClrType == typeof(float) || field.ClrType == typeof(bool) || field.ClrType == typeof(DateTime) || field.ClrType == typeof(decimal);

    private static string[] ReadColumn(ParquetRowGroupReader rows, DataField field)
    {
        if (field.ClrType == typeof(int)) return Values<int>(rows, field);
        if (field.ClrType == typeof(long)) return Values<long>(rows, field);
        if (field.ClrType == typeof(double)) return Values<double>(rows, field);
        if (field.ClrType == typeof(float)) return Values<float>(rows, field);
        if (field.ClrType == typeof(bool)) return Values<bool>(rows, field);
        if (field.ClrType == typeof(DateTime)) return Values<DateTime>(rows, field);
        if (field.ClrType == typeof(decimal)) return Values<decimal>(rows, field);
        var texts = new string?[rows.RowCount];
        rows.ReadAsync(field, texts.AsMemory()!).AsTask().GetAwaiter().GetResult();
        return Array.ConvertAll(texts, text => text ?? "");
    }

    private static string[] Values<T>(ParquetRowGroupReader rows, DataField field) where T : struct
    {
        if (field.IsNullable)
        {
            var optional = new T?[rows.RowCount];
            rows.ReadAsync(field, optional.AsMemory()).AsTask().GetAwaiter().GetResult();
            return Array.ConvertAll(optional, value => Text(value));
        }
        var values = new T[rows.RowCount];
        rows.ReadAsync(field, values.AsMemory()).AsTask().GetAwaiter().GetResult();
        return Array.ConvertAll(values, value => Text(value));
    }

    private static string Text(object? value) => value switch
    {
        null => "",
        DateTime time => time.ToString(time.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    // What a library makes of a damaged file is any exception there is.
    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (RefusedDocumentException or OutOfMemoryException))
        {
            throw new RefusedDocumentException(RefusalReason.Damaged, $"{path}: {e.Message.Split('\n')[0].TrimEnd('.')}; expected a whole Parquet file. Write it again.", e);
        }
    }
}
