using System.Text;
using Geobuk.Corpus.Screening;
using Geobuk.Corpus.Tests.Sources;

namespace Geobuk.Corpus.Tests.Screening;

/// <summary>What tests of screening share: a text read as a document and screened.</summary>
public abstract class ScreeningTest : ReaderTest
{
    protected ScreenedDocument Screen(string text, string name = "문서.txt") =>
        DocumentScreen.Of(Read(name, Encoding.UTF8.GetBytes(text)), ScreeningPolicy.Default);
}
