using Geobuk.Inference.Kernels;
using Geobuk.Inference.Weights;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Tests.Weights;

public sealed unsafe class PanelFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-panels-").FullName;
    private readonly NativeBuffer<byte> _weights = new(40 * 144);
    private readonly string _source;

    public PanelFileTests()
    {
        _source = Path.Combine(_folder, "model.gguf");
        File.WriteAllText(_source, "stands for the model");
        QuantizedBlocksOf(1).CopyTo(_weights.Span(0, 40 * 144));
    }

    public void Dispose()
    {
        _weights.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Open_Twice_WritesOnceAndMapsTheSamePanels()
    {
        using (Scoped())
        {
            var image = Image(out var tensor);
            using (var first = PanelFile.Open(_source, [tensor], image, 2)!)
            {
                using var memory = new NativeBuffer<byte>(image.Bytes);
                image.Fill(memory.Pointer, 1);
                Assert.True(memory.Span(0, (int)image.Bytes).SequenceEqual(new ReadOnlySpan<byte>(first.Start, (int)image.Bytes)));
            }
            var file = Assert.Single(Directory.GetFiles(PanelFile.Folder));
            var written = File.GetLastWriteTimeUtc(file);
            using var second = PanelFile.Open(_source, [tensor], image, 1)!;
            Assert.Equal(file, second.Path);
            Assert.Equal(written, File.GetLastWriteTimeUtc(file));
        }
    }

    [Fact]
    public void Open_OfAChangedModel_TakesAnotherFile()
    {
        using (Scoped())
        {
            var image = Image(out var tensor);
            string before;
            using (var file = PanelFile.Open(_source, [tensor], image, 1)!) before = file.Path;
            QuantizedBlocksOf(2).CopyTo(_weights.Span(0, 40 * 144));
            using (var file = PanelFile.Open(_source, [tensor], image, 1)!) Assert.NotEqual(before, file.Path);
            File.AppendAllText(_source, "!");
            using (var file = PanelFile.Open(_source, [tensor], image, 1)!) Assert.NotEqual(before, file.Path);
            Assert.Equal(3, Directory.GetFiles(PanelFile.Folder).Length);
        }
    }

    [Fact]
    public void Open_OfANewModel_RemovesWhatNobodyOpenedForAMonth()
    {
        using (Scoped())
        {
            Directory.CreateDirectory(PanelFile.Folder);
            var (old, rest, young, other) = (Named("a-1.panels"), Named("b-2.panels.3f.tmp"), Named("c-4.panels"), Named("notes.txt"));
            foreach (var file in (string[])[old, rest, other]) File.SetLastAccessTimeUtc(file, DateTime.UtcNow.AddDays(-31));

            var image = Image(out var tensor);
            using (PanelFile.Open(_source, [tensor], image, 1))
                Assert.Equal((false, false, true, true), (File.Exists(old), File.Exists(rest), File.Exists(young), File.Exists(other)));
        }

        string Named(string name)
        {
            var path = Path.Combine(PanelFile.Folder, name);
            File.WriteAllText(path, name);
            return path;
        }
    }

    [Fact]
    public void Open_WhereNothingCanBeWritten_GivesNothing()
    {
        Environment.SetEnvironmentVariable(PanelFile.Variable, Path.Combine(_source, "no folder"));
        try
        {
            var image = Image(out var tensor);
            Assert.Null(PanelFile.Open(_source, [tensor], image, 1));
        }
        finally
        {
            Environment.SetEnvironmentVariable(PanelFile.Variable, null);
        }
    }

    private PanelImage Image(out WeightTensor tensor)
    {
        tensor = new WeightTensor("blk.0.ffn_up.weight", GgmlType.Q4_K, [20, 512], _weights.Pointer);
        return new PanelImage([tensor]);
    }

    private Restored Scoped()
    {
        Environment.SetEnvironmentVariable(PanelFile.Variable, Path.Combine(_folder, "panels"));
        return new Restored();
    }

    private static byte[] QuantizedBlocksOf(int seed) => Kernels.QuantizedBlocks.Random(GgmlType.Q4_K, 20 * 512, new Random(seed));

    private sealed class Restored : IDisposable
    {
        public void Dispose() => Environment.SetEnvironmentVariable(PanelFile.Variable, null);
    }
}
