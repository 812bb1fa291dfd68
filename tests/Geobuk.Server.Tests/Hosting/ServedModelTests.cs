using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests.Hosting;

public sealed class ServedModelTests
{
    [Theory]
    [InlineData("models/A.X-3.1-Q4_K_M.gguf", "A.X-3.1-Q4_K_M")]
    [InlineData("runs/quickstart/light/model.gguf", "light")]
    [InlineData("runs/규정/adapted/model", "adapted")]
    [InlineData("/model", "model")]
    public void Name_OfAPath_IsWhatPeopleWouldCallIt(string path, string expected) => Assert.Equal(expected, ServedModel.Name(path));

    [Fact]
    public void Name_OfAFolder_IsWhole()
    {
        var folder = Directory.CreateTempSubdirectory("A.X-3.1-");
        try
        {
            Assert.Equal(folder.Name, ServedModel.Name(folder.FullName + "/"));
        }
        finally
        {
            folder.Delete();
        }
    }
}
