using System.IO.Compression;
using Geobuk.Corpus.Sources.Containers;
using UglyToad.PdfPig.Filters;
using UglyToad.PdfPig.Tokens;

namespace Geobuk.Corpus.Sources.Pdf;

/// <summary>The library's filters behind a budget: what a stream unpacks to is counted before it is unpacked into memory.</summary>
internal sealed class BoundedFilters(UnpackBudget budget) : BaseFilterProvider(Filters(budget))
{
    private static Dictionary<string, IFilter> Filters(UnpackBudget budget)
    {
        var (flate, lzw, run) = (new Flate(budget), new Expanding(new LzwFilter(), 1024, budget), new Expanding(new RunLengthFilter(), 64, budget));
        var (ascii85, hex, image) = (new Ascii85Filter(), new AsciiHexDecodeFilter(), new Untouched());
        return new Dictionary<string, IFilter>
        {
            ["FlateDecode"] = flate, ["Fl"] = flate, ["LZWDecode"] = lzw, ["LZW"] = lzw, ["RunLengthDecode"] = run, ["RL"] = run,
            ["ASCII85Decode"] = ascii85, ["A85"] = ascii85, ["ASCIIHexDecode"] = hex, ["AHx"] = hex,
            ["DCTDecode"] = image, ["DCT"] = image, ["CCITTFaxDecode"] = image, ["CCF"] = image, ["JBIG2Decode"] = image, ["JPXDecode"] = image, ["Crypt"] = image,
        };
    }

    private sealed class Flate(UnpackBudget budget) : IFilter
    {
        private readonly FlateFilter _filter = new();

        public bool IsSupported => true;

        public Memory<byte> Decode(Memory<byte> input, DictionaryToken streamDictionary, IFilterProvider filterProvider, int filterIndex)
        {
            Count(input);
            return _filter.Decode(input, streamDictionary, filterProvider, filterIndex);
        }

        private void Count(Memory<byte> input)
        {
            var buffer = new byte[1 << 14];
            try
            {
                using var stream = new ZLibStream(new MemoryStream(input.ToArray(), writable: false), CompressionMode.Decompress);
                for (var read = stream.Read(buffer); read > 0; read = stream.Read(buffer)) budget.Take(read, "a stream");
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                // The filter makes what it can of damaged data; what it gave until here is counted.
            }
        }
    }

    private sealed class Expanding(IFilter filter, int factor, UnpackBudget budget) : IFilter
    {
        public bool IsSupported => true;

        public Memory<byte> Decode(Memory<byte> input, DictionaryToken streamDictionary, IFilterProvider filterProvider, int filterIndex)
        {
            budget.Take((long)input.Length * factor, "a stream");
            return filter.Decode(input, streamDictionary, filterProvider, filterIndex);
        }
    }

    // Pictures are not looked at.
    private sealed class Untouched : IFilter
    {
        public bool IsSupported => false;

        public Memory<byte> Decode(Memory<byte> input, DictionaryToken streamDictionary, IFilterProvider filterProvider, int filterIndex) => input;
    }
}
