using Geobuk.Inference.Kernels;
using Geobuk.Inference.Weights;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Tests.Weights;

public sealed unsafe class PanelFileTests : IDisposable
{
    private const int Rows = 64;
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
            var file = Assert.Single(Directory.GetFiles(PanelFile.Folder, "*.panels"));
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
            Assert.Equal(2, Directory.GetFiles(PanelFile.Folder, "*.panels").Length);
        }
    }

    /// <summary>What was copied, touched, renamed or had something else added is read once more, and its panels are those of before.</summary>
    [Fact]
    public void Open_OfTheSameWeightsElsewhere_UsesTheirPanels()
    {
        using (Scoped())
        {
            var image = Image(out var tensor);
            string before;
            using (var file = PanelFile.Open(_source, [tensor], image, 2)!) before = file.Path;
            var written = File.GetLastWriteTimeUtc(before);
            var copy = Path.Combine(_folder, "copy.gguf");
            File.Copy(_source, copy);
            Same(copy);
            File.SetLastWriteTimeUtc(_source, DateTime.UtcNow.AddDays(-3));
            Same(_source);
            File.AppendAllText(_source, "!");
            Same(_source);
            foreach (var note in Directory.GetFiles(PanelFile.Folder, "*.made-of")) File.WriteAllText(note, "../elsewhere");
            Same(_source);

            void Same(string source)
            {
                using var file = PanelFile.Open(source, [tensor], image, 2)!;
                Assert.Equal((before, written), (file.Path, File.GetLastWriteTimeUtc(file.Path)));
            }
        }
    }

    /// <summary>A byte in the middle, with the file's length and time as they were: seen on Linux, where the time of any change is known.</summary>
    [SkippableFact]
    public void Open_OfAFileChangedInPlaceWithItsTimeSetBack_TakesAnotherFile()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        using var weights = new NativeBuffer<byte>(Rows * 288);
        for (var i = 0; i < Rows * 288; i++) weights.Pointer[i] = (byte)(i * 7 % 256);
        var tensor = new WeightTensor("blk.0.ffn_up.weight", GgmlType.Q4_K, [Rows, 512], weights.Pointer);
        var image = new PanelImage([tensor]);
        using (Scoped())
        {
            var time = File.GetLastWriteTimeUtc(_source);
            string before;
            using (var file = PanelFile.Open(_source, [tensor], image, 1)!) before = file.Path;
            weights.Pointer[Rows * 288 / 2] ^= 1;
            Thread.Sleep(20);
            File.WriteAllText(_source, "stands for the MODEL");
            File.SetLastWriteTimeUtc(_source, time);
            using var changed = PanelFile.Open(_source, [tensor], image, 1)!;
            Assert.NotEqual(before, changed.Path);
        }
    }

    /// <summary>One layout is for all instruction sets that read panels, and another layout of the same bytes is another file.</summary>
    [Fact]
    public void Open_OfAnotherLayout_TakesAnotherFile()
    {
        using (Scoped())
        {
            var image = Image(out var tensor);
            string before;
            using (var file = PanelFile.Open(_source, [tensor], image, 1)!) before = file.Path;
            foreach (var path in KernelPaths.Supported)
            {
                var other = Image(out var matrix);
                matrix.Use(path);
                if (matrix.PanelLayout is null) continue;
                using var file = PanelFile.Open(_source, [matrix], other, 1)!;
                Assert.Equal(before, file.Path);
            }
            var wide = new WeightTensor("blk.0.ffn_up.weight", GgmlType.Q4_K, [10, 1024], _weights.Pointer);
            using (var file = PanelFile.Open(_source, [wide], new PanelImage([wide]), 1)!) Assert.NotEqual(before, file.Path);
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
